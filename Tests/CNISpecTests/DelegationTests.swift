import Addressing
import CNISpec
import JSON
import Testing

@Suite struct DelegationTests {
    private func exited(_ output: String, status: Int = 0) -> DelegationOutcome {
        .exited(status: status, output: Array(output.utf8))
    }

    @Test(arguments: [
        #"{"cniVersion":"1.0.0","ips":[{"address":"10.9.0.5/16","gateway":"10.9.0.1"}],"dns":{"nameservers":["10.9.0.2"]}}"#,
        #"{"cniVersion":"0.4.0","ips":[{"version":"4","address":"10.9.0.5/16"}],"dns":{"nameservers":["10.9.0.2"]}}"#,
        #"{"cniVersion":"0.2.0","ip4":{"ip":"10.9.0.5/16"},"dns":{"nameservers":["10.9.0.2"]}}"#,
    ])
    func aResultIsReadInAnyVersion(output: String) throws {
        let result = try exited(output).ipamResult(of: "host-local")
        #expect(result.addresses.map(\.address) == [.v4(IPv4Address(10, 9, 0, 5))])
        #expect(result.dns.nameservers == ["10.9.0.2"])
    }

    @Test(arguments: ["", "hello", "[]", #"{"ips":[{"address":"x"}]}"#, #"{"ips":1}"#])
    func anOutputThatIsNoResultIsAFailure(output: String) throws {
        let error = #expect(throws: CNIError.self) { try exited(output).ipamResult(of: "host-local") }
        #expect(error?.code.rawValue == 127 && error?.message.contains(#""host-local" failed in ADD: its result cannot be read: "#) == true)
    }

    @Test func anErrorOfThePluginKeepsItsCodeAndItsDetails() {
        let outcome = exited(
            #"{"cniVersion":"1.0.0","code":999,"msg":"no IP addresses available","details":"range 10.9.0.0/24"}"#, status: 1)
        let failure = outcome.failure(of: "host-local", running: .add)
        #expect(
            failure
                == CNIError(
                    code: CNIError.Code(rawValue: 999), message: "host-local: no IP addresses available", details: "range 10.9.0.0/24"))
    }

    @Test(
        arguments: [
            (.exited(status: 3, output: Array("oh no".utf8)), #"it exited with 3 and no error object: "oh no""#),
            (.exited(status: 1, output: Array(#"{"code":"7"}"#.utf8)), "it exited with 1 and no error object"),
            (.killed(signal: 9), "signal 9 ended it"), (.notFound, "no folder of CNI_PATH has it"),
            (.notStarted(problem: "permission denied (EACCES)"), "it cannot be started: permission denied (EACCES)"),
            (.timedOut(after: .seconds(20)), "it did not end within 20.0 seconds"),
            (.wroteTooMuch(bytesMax: 262_144), "it wrote more than 262144 bytes"),
        ] as [(DelegationOutcome, String)])
    func everyOtherFailureIsToldWithThePluginAndTheCommand(outcome: DelegationOutcome, problem: String) throws {
        let failure = try #require(outcome.failure(of: "host-local", running: .delete))
        #expect(failure.code.rawValue == 127)
        #expect(failure.message.hasPrefix(#"The IPAM plugin "host-local" failed in DEL: \#(problem)"#), "\(failure.message)")
    }

    @Test func aPluginThatSucceedsIsNoFailure() {
        #expect(exited("").failure(of: "host-local", running: .check) == nil)
    }

    @Test(arguments: [
        (DelegationOutcome.killed(signal: 9), true), (.timedOut(after: .seconds(1)), true), (.wroteTooMuch(bytesMax: 1), true),
        (.exited(status: 1, output: []), true), (.notFound, false), (.notStarted(problem: ""), false),
    ])
    func aPluginThatHasRunMayHaveTakenAnAddress(outcome: DelegationOutcome, hasRun: Bool) {
        #expect(outcome.hasRun == hasRun)
    }
}
