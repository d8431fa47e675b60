import CNISpec
import JSON
import SeededRandom
import Testing

struct CNIRequestTests {
    @Test func theChecksRunInTheOrderOfTheReferenceLibrary() {
        var environment = ["CNI_COMMAND": "GET", "CNI_CONTAINERID": "-", "CNI_IFNAME": "."]
        var seen: [String] = []
        func step(_ input: String) {
            seen.append(failure(environment, input).map { "\($0.code.rawValue) \($0.message.prefix(24))" } ?? "passes")
        }

        step("{")
        environment["CNI_COMMAND"] = "CHECK"
        step("{")
        environment["CNI_NETNS"] = "/n"
        step("{")
        environment["CNI_CONTAINERID"] = "c"
        step("{")
        environment["CNI_IFNAME"] = "eth0"
        step("{")
        step("[]")
        step(#"{"cniVersion":"x","mtu":1}"#)
        step(#"{"cniVersion":"0.9.0","mtu":1}"#)
        step(#"{"cniVersion":"0.9.0","name":"-","mtu":1}"#)
        step(#"{"cniVersion":"0.9.0","name":"n","mtu":1}"#)
        step(#"{"cniVersion":"0.3.1","name":"n","mtu":1}"#)
        step(#"{"cniVersion":"0.4.0","name":"n","mtu":1,"prevResult":[]}"#)
        step(#"{"cniVersion":"0.4.0","name":"n","mtu":1}"#)
        step(#"{"cniVersion":"0.4.0","name":"n"}"#)
        step(#"{"cniVersion":"0.4.0","name":"n","prevResult":{}}"#)
        #expect(
            seen == [
                "4 CNI_COMMAND is \"GET\", wh", "4 The environment lacks 1 ", "4 CNI_CONTAINERID is \"-\"; ",
                "4 CNI_IFNAME is \".\", 1 byt",
                "6 The network configuratio", "6 The network configuratio", "6 cniVersion is \"x\"; it mu", "7 The network configuratio",
                "7 The network's name is \"-", "1 The network configuratio", "1 CHECK exists since CNI 0", "6 prevResult cannot be rea",
                "2 mtu is 1; supported is a", "7 CHECK came without prevR", "passes",
            ])
    }

    @Test(arguments: ["", "{", "nonsense", "{\"name\":\"n\",}", "\u{0}"], ["ADD", "DEL", "CHECK", "GC", "STATUS"])
    func inputThatIsNotJSONCannotBeDecoded(input: String, command: String) {
        let error = failure(sampleEnvironment(command), input)
        #expect(error?.code == .undecodable)
        #expect(error?.version == .newest)
        #expect(error?.message.contains("at byte") == true)
    }

    @Test(arguments: ["[]", "1", "\"a\"", "null", "true"], ["ADD", "DEL", "CHECK", "GC", "STATUS"])
    func inputThatIsNoObjectCannotBeDecoded(input: String, command: String) {
        let error = failure(sampleEnvironment(command), input)
        #expect(error?.code == .undecodable)
        #expect(error?.message.contains("a JSON object") == true)
    }

    @Test func inputAboveTheBoundIsRefusedWithBothNumbers() throws {
        let input = Array(sampleConfiguration().utf8)
        let error = #expect(throws: CNIError.self) {
            try CNIRequest(environment: sampleEnvironment("ADD"), input: input, inputBytesMax: 10)
        }
        #expect(error?.code == .undecodable)
        #expect(error?.message.contains("\(input.count) bytes are more than the 10 allowed") == true)
    }

    @Test(arguments: ["1", "null", "[]", "true", "\"1.0.x\"", "\"1.0.0.0\"", "\"-1.0\"", "\"1..0\"", "\"v1\"", "\" 1.0.0\""])
    func aVersionThatIsNoneCannotBeDecoded(version: String) {
        let error = failure(sampleEnvironment("ADD"), #"{"name":"n","cniVersion":\#(version)}"#)
        #expect(error?.code == .undecodable)
        #expect(error?.message.hasPrefix("cniVersion is ") == true)
        #expect(error?.version == .newest)
    }

    @Test(arguments: ["1.2.0", "0.5.0", "1.0", "2", "0.3.2"], CNICommand.allCases.filter { $0 != .version })
    func aVersionThatWeDoNotSpeakIsIncompatibleAndBothListsAreTold(version: String, command: CNICommand) {
        let error = failure(sampleEnvironment(command.rawValue), #"{"name":"n","cniVersion":"\#(version)"}"#)
        #expect(error?.code == .incompatibleVersion)
        #expect(error?.details == "config has \"\(version)\", plugin supports 0.1.0, 0.2.0, 0.3.0, 0.3.1, 0.4.0, 1.0.0, 1.1.0")
        #expect(error?.version == .newest)
    }

    @Test(arguments: CNICommand.allCases, CNIVersion.allCases)
    func aCommandIsTakenFromTheVersionThatIntroducedItOn(command: CNICommand, version: CNIVersion) throws {
        let since: [CNICommand: CNIVersion] = [.check: .v040, .collectGarbage: .v110, .status: .v110]
        let input = sampleConfiguration(#""cniVersion":"\#(version)""#)
        if version >= since[command] ?? .v010 {
            let request = try CNIRequest(environment: sampleEnvironment(command.rawValue), input: Array(input.utf8))
            #expect(request.version == version)
            #expect(request.command == command)
        } else {
            let error = failure(sampleEnvironment(command.rawValue), input)
            #expect(error?.code == .incompatibleVersion)
            #expect(error?.version == version)
            #expect(error?.details?.contains("\"\(version)\"") == true)
        }
    }

    @Test(arguments: ["{\"name\":\"n\"}", "{\"name\":\"n\",\"cniVersion\":\"\"}"]) func aConfigurationWithoutAVersionIsOfTheFirst(
        input: String
    ) throws {
        #expect(try CNIRequest(environment: sampleEnvironment("ADD"), input: Array(input.utf8)).version == .v010)
        #expect(failure(sampleEnvironment("CHECK"), input)?.version == .v010)
    }

    @Test(arguments: CNIVersion.allCases) func errorsAreToldInTheVersionOfTheConfigurationWhateverWasFoundFirst(version: CNIVersion) {
        let stated = #"{"cniVersion":"\#(version)""#
        #expect(failure(["CNI_COMMAND": "GET"], "\(stated)}")?.version == version)
        #expect(failure(["CNI_COMMAND": "ADD"], "\(stated)}")?.version == version)
        #expect(failure(sampleEnvironment("ADD"), "\(stated)}")?.version == version)
        #expect(failure(sampleEnvironment("ADD"), "\(stated),\"name\":\"n\",\"mtu\":1}")?.version == version)
        #expect(failure(sampleEnvironment("ADD"), "\(stated)")?.version == .newest)
    }

    @Test(
        arguments: [
            ("", .v110), ("{}", .v110), ("{", .v110), ("[]", .v110), (#"{"cniVersion":"0.4.0"}"#, .v040),
            (#"{"cniVersion":"9.0.0"}"#, .v110),
            (#"{"cniVersion":7}"#, .v110), (#"{"cniVersion":"0.1.0","mtu":1}"#, .v010),
        ] as [(String, CNIVersion)])
    func theVersionCommandNeedsNothingElse(input: String, version: CNIVersion) throws {
        #expect(try CNIRequest(environment: ["CNI_COMMAND": "VERSION"], input: Array(input.utf8)) == .version(version))
    }

    @Test(arguments: ["{}", "null", #"{"cniVersion":"1.0.0","ips":[{"address":"10.0.0.5/32"}]}"#])
    func aCheckCarriesTheResultItComparesWith(previousResult: String) throws {
        let input = sampleConfiguration(#""prevResult":\#(previousResult)"#)
        guard previousResult != "null" else {
            #expect(failure(sampleEnvironment("CHECK"), input)?.code == .invalidConfiguration)
            return
        }
        guard case .check(_, let netns, let previous) = try CNIRequest(environment: sampleEnvironment("CHECK"), input: Array(input.utf8))
        else {
            Issue.record("no CHECK")
            return
        }
        #expect(netns == "/var/run/netns/cni-1")
        #expect(previous.json.description == previousResult)
    }

    @Test func containerdsSecondDeleteHasNeitherNetnsNorResult() throws {
        let environment = [
            "CNI_COMMAND": "DEL", "CNI_CONTAINERID": "9f3c", "CNI_NETNS": "", "CNI_IFNAME": "eth0", "CNI_PATH": "/opt/cni/bin",
            "CNI_ARGS": "K8S_POD_NAME=web-0;IgnoreUnknown=1;K8S_POD_UID=6f1c;K8S_POD_NAMESPACE=default;K8S_POD_INFRA_CONTAINER_ID=9f3c",
        ]
        let request = try CNIRequest(
            environment: environment, input: Array(#"{"cniVersion":"1.0.0","name":"aws-cni","type":"berth-cni"}"#.utf8))
        #expect(request.command == .delete)
        #expect(request.netns == nil)
        #expect(request.sandbox?.configuration.previousResult == nil)
        #expect(request.sandbox?.arguments.name == "web-0")
    }

    @Test(arguments: UInt64(1)...100) func damagedRequestsAreAnsweredWithAnErrorOfTheSpecification(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let intact = Array(sampleConfiguration().utf8)
        for _ in 0..<50 {
            var input = intact
            for _ in 0...random.below(3) { input[random.below(input.count)] = UInt8.random(in: 0...255, using: &random) }
            let command = CNICommand.allCases[random.below(CNICommand.allCases.count)]
            do throws(CNIError) {
                #expect(try CNIRequest(environment: sampleEnvironment(command.rawValue), input: input).command == command)
            } catch {
                #expect([1, 2, 6, 7].contains(error.code.rawValue), "\(error)")
            }
        }
    }
}

/// What a runtime sets for a command, without `CNI_PATH`.
func sampleEnvironment(_ command: String) -> [String: String] {
    [
        "CNI_COMMAND": command, "CNI_CONTAINERID": "c0ffee", "CNI_NETNS": "/var/run/netns/cni-1", "CNI_IFNAME": "eth0",
        "CNI_ARGS": "IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=web-0",
    ]
}

/// A configuration that every command takes, with other members behind it: the last of a name counts.
func sampleConfiguration(_ others: String...) -> String {
    let members = [#""cniVersion":"1.1.0","name":"aws-cni","type":"berth-cni","prevResult":{},"cni.dev/valid-attachments":[]"#] + others
    return "{\(members.joined(separator: ","))}"
}

/// The error that a request ends in, or nil when it passes.
func failure(_ environment: [String: String], _ input: String = "") -> CNIError? {
    do throws(CNIError) {
        _ = try CNIRequest(environment: environment, input: Array(input.utf8))
        return nil
    } catch {
        return error
    }
}

extension CNIRequest {
    static func sample(_ command: String, _ others: [String: String] = [:]) throws(CNIError) -> CNIRequest {
        try CNIRequest(environment: sampleEnvironment(command).merging(others) { $1 }, input: Array(sampleConfiguration().utf8))
    }

    var sandbox: SandboxRequest? {
        switch self {
        case .add(let sandbox, _), .delete(let sandbox, _), .check(let sandbox, _, _): sandbox
        case .collectGarbage, .status, .version: nil
        }
    }

    var netns: String? {
        switch self {
        case .add(_, let netns), .check(_, let netns, _): netns
        case .delete(_, let netns): netns
        case .collectGarbage, .status, .version: nil
        }
    }
}
