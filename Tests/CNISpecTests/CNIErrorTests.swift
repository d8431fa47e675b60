import CNISpec
import JSON
import Testing

struct CNIErrorTests {
    @Test(arguments: CNIVersion.allCases) func anErrorIsToldInItsVersion(version: CNIVersion) {
        let error = CNIError(code: .invalidConfiguration, message: "a \"b\"", details: "c").answering(in: version)
        #expect(error.json.description == #"{"cniVersion":"\#(version)","code":7,"msg":"a \"b\"","details":"c"}"#)
    }

    @Test func anErrorWithoutDetailsHasNoSuchMember() {
        #expect(
            CNIError.inputUnreadable("EIO after 512 bytes").json.description
                == #"{"cniVersion":"1.1.0","code":5,"#
                + #""msg":"The network configuration could not be read from standard input: EIO after 512 bytes"}"#
        )
    }

    @Test func theCodesAreThoseOfTheSpecification() {
        let codes: [CNIError.Code] = [
            .incompatibleVersion, .unsupportedField, .containerUnknown, .invalidEnvironment, .inputOutputFailed, .undecodable,
            .invalidConfiguration,
            .invalidNetns, .tryAgainLater, .notAvailable, .notAvailableAndPodsAffected,
        ]
        #expect(codes.map(\.rawValue) == [1, 2, 3, 4, 5, 6, 7, 8, 11, 50, 51])
    }

    @Test func theNumbersOfRefusalsArePublishedOnceAndWithoutGaps() {
        #expect(RefusalReason.allCases.map(\.number) == Array(100...129))
        #expect(Set(RefusalReason.allCases.map(\.rawValue)).count == RefusalReason.allCases.count)
    }

    @Test(arguments: RefusalReason.allCases) func whatPassesByItselfIsTryAgainLaterAndTheRestItsOwnNumber(reason: RefusalReason) throws {
        let passing: Set<RefusalReason> = [
            .throttled, .cooling, .starting, .waitingForEC2, .callFailed, .tooManyWaiting, .deleted, .superseded, .stopping,
            .eniNotReady, .nodeTerminating, .poolEmpty, .ec2Failing,
        ]
        let error = CNIError.refused(reason, "why")
        #expect(error.code.rawValue == (passing.contains(reason) ? 11 : reason.number))
        let details = try parse(#require(error.details))
        #expect(details["code"]?.integer == reason.number)
        #expect(details["reason"]?.string == reason.rawValue)
        #expect(details["retryAfterSeconds"] == nil)
    }

    @Test(
        arguments: [
            (.seconds(3), 3), (.milliseconds(3001), 4), (.milliseconds(1), 1), (.zero, 0), (.seconds(-5), 0), (.milliseconds(-1500), 0),
        ] as [(Duration, Int)])
    func theWaitIsToldInWholeSecondsRoundedUp(wait: Duration, seconds: Int) throws {
        let details = try parse(#require(CNIError.refused(.throttled, "why", retryAfter: wait).details))
        #expect(details["retryAfterSeconds"]?.integer == seconds)
    }

    @Test func theStatusErrorsKeepTheReason() {
        let unavailable = CNIError.notAvailable(.subnetFull, "Subnet subnet-1 has no free address", retryAfter: .seconds(9))
        #expect(
            unavailable.json.description
                == #"{"cniVersion":"1.1.0","code":50,"msg":"Subnet subnet-1 has no free address","details":"{"#
                + #"\"code\":100,\"reason\":\"subnet-full\",\"retryAfterSeconds\":9}"}"#
        )
        let affected = CNIError.notAvailableAndPodsAffected(.driftFound, "2 rules are missing")
        #expect(affected.code == .notAvailableAndPodsAffected)
        #expect(affected.details == #"{"code":113,"reason":"drift-found"}"#)
    }

    @Test func aNetnsFaultHasTheLibrarysCodeAndNamesThePath() {
        let own = CNIError.netnsIsOwn("/proc/self/ns/net")
        #expect(own.code == .invalidNetns)
        #expect(own.message.contains("/proc/self/ns/net") && own.message.contains("CNI_NETNS_OVERRIDE=1"))
        let gone = CNIError.netnsUnusable("/var/run/netns/cni-1", step: "open", problem: "no such entry (ENOENT)")
        #expect(gone.code == .invalidNetns)
        #expect(gone.message == "CNI_NETNS \"/var/run/netns/cni-1\" cannot be used: open: no such entry (ENOENT); the sandbox may be gone")
    }

    @Test func kernelFaultsTellStepAndNumber() {
        let error = CNIError.kernelFailed(step: "route add 10.0.32.17/32 dev eni4f2a9c", problem: "exists already (EEXIST)", errno: 17)
        #expect(error.code.rawValue == 112)
        #expect(error.message == "The kernel refused route add 10.0.32.17/32 dev eni4f2a9c: exists already (EEXIST)")
        #expect(error.details == #"{"code":112,"reason":"kernel-failed","step":"route add 10.0.32.17/32 dev eni4f2a9c","errno":17}"#)
        #expect(CNIError.interfaceExists("eth0", netns: "/n").code.rawValue == 112)
    }

    @Test(arguments: [1, 2, 16, 17, 500]) func longListsOfFaultsAreCutAndCounted(count: Int) throws {
        let faults = (1...count).map { "fault \($0)" }
        for error in [CNIError.driftFound(faults), .garbageCollectionIncomplete(faults, freed: 3)] {
            #expect(error.message.contains(count == 1 ? "1 " : "\(count) "))
            #expect(error.message.contains("fault \(min(count, 16))"))
            #expect(error.message.contains("and \(count - 16) more") == (count > 16))
            let details = try parse(#require(error.details))
            #expect((details["faults"] ?? details["failures"])?.array?.count == min(count, 16))
            #expect(error.json.bytes.count < 2000)
        }
    }

    @Test func aMessageRepeatsOnlyTheBeginningOfALongText() throws {
        let long = String(repeating: "x", count: 200_000)
        let errors = [
            failure(["CNI_COMMAND": long]), failure(sampleEnvironment("ADD").merging(["CNI_IFNAME": long]) { $1 }),
            failure(sampleEnvironment("ADD").merging(["CNI_CONTAINERID": "-" + long]) { $1 }),
            failure(sampleEnvironment("ADD"), sampleConfiguration(#""name":"-\#(long)""#)),
            failure(sampleEnvironment("ADD"), sampleConfiguration(#""cniVersion":"\#(long)""#)),
            failure(sampleEnvironment("ADD"), sampleConfiguration(#""vethPrefix":"\#(long)""#)),
            failure(sampleEnvironment("ADD"), sampleConfiguration(#""mtu":1\#(String(repeating: "0", count: 100_000))"#)),
            failure(sampleEnvironment("ADD"), sampleConfiguration(#""prevResult":{"ips":[{"address":"\#(long)"}]}"#)),
        ]
        for error in errors {
            #expect(try #require(error).json.bytes.count < 1000)
        }
    }
}
