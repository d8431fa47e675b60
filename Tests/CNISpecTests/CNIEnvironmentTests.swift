import CNISpec
import SeededRandom
import Testing

struct CNIEnvironmentTests {
    @Test(arguments: ["add", "Add", "UPDATE", "ADD ", "ADD\n"]) func aCommandThatIsNoneOfTheSixIsNamed(text: String) {
        let error = failure(["CNI_COMMAND": text])
        #expect(error?.code == .invalidEnvironment)
        #expect(error?.message.contains("\"\(text)\"") == true)
        #expect(error?.message.contains("STATUS") == true)
    }

    @Test(arguments: [[:], ["CNI_COMMAND": ""]]) func aCallWithoutACommandIsRefused(environment: [String: String]) {
        let error = failure(environment)
        #expect(error?.code == .invalidEnvironment)
        #expect(error?.message == "The environment lacks 1 variable that every call needs: CNI_COMMAND")
    }

    @Test(arguments: [
        ("ADD", [:], ["CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME"]),
        ("CHECK", [:], ["CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME"]),
        ("DEL", [:], ["CNI_CONTAINERID", "CNI_IFNAME"]),
        ("ADD", ["CNI_NETNS": "/n"], ["CNI_CONTAINERID", "CNI_IFNAME"]),
        ("ADD", ["CNI_CONTAINERID": "", "CNI_NETNS": "", "CNI_IFNAME": "eth0"], ["CNI_CONTAINERID", "CNI_NETNS"]),
        ("CHECK", ["CNI_CONTAINERID": "c", "CNI_IFNAME": "eth0"], ["CNI_NETNS"]),
        ("DEL", ["CNI_CONTAINERID": "c", "CNI_NETNS": ""], ["CNI_IFNAME"]),
    ]) func everyMissingVariableIsNamedInOneMessage(command: String, others: [String: String], missing: [String]) {
        let error = failure(others.merging(["CNI_COMMAND": command]) { $1 })
        #expect(error?.code == .invalidEnvironment)
        #expect(error?.message.contains("\(command) needs") == true)
        for name in ["CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME"] {
            #expect(error?.message.contains(name) == missing.contains(name), "\(name)")
        }
    }

    @Test(arguments: ["a", "0", "A_b.c-9", String(repeating: "f", count: 64)], ["ADD", "DEL", "CHECK"])
    func aContainerIDOfTheGrammarIsTaken(containerID: String, command: String) throws {
        let request = try CNIRequest.sample(command, ["CNI_CONTAINERID": containerID])
        #expect(request.sandbox?.containerID == containerID)
    }

    @Test(arguments: ["-a", "_a", ".a", "a b", "a/b", "a:b", "é", "aé", "a\n"], ["ADD", "DEL", "CHECK"])
    func anotherContainerIDIsRefused(containerID: String, command: String) {
        let error = failure(sampleEnvironment(command).merging(["CNI_CONTAINERID": containerID]) { $1 }, sampleConfiguration())
        #expect(error?.code == .invalidEnvironment)
        #expect(error?.message.contains("CNI_CONTAINERID is \"\(containerID)\"") == true)
    }

    @Test(arguments: ["eth0", "e", "net1.100", "a-b_c", "..a", "fifteen-bytes-x", "größe"])
    func anInterfaceNameTheKernelTakesIsTaken(ifname: String) throws {
        #expect(try CNIRequest.sample("ADD", ["CNI_IFNAME": ifname]).sandbox?.ifname == ifname)
    }

    @Test(
        arguments: [".", "..", "a/b", "a:1", "a b", "a\tb", "a\u{a0}b", "a\u{1}", "a\u{7f}", "sixteen-bytes-xy", "éééééééé"],
        ["ADD", "DEL", "CHECK"])
    func anotherInterfaceNameIsRefused(ifname: String, command: String) {
        let error = failure(sampleEnvironment(command).merging(["CNI_IFNAME": ifname]) { $1 }, sampleConfiguration())
        #expect(error?.code == .invalidEnvironment)
        #expect(error?.message.contains("CNI_IFNAME") == true)
        #expect(error?.message.contains("\(ifname.utf8.count) bytes") == true)
    }

    @Test func aDeleteNeedsNoNetns() throws {
        #expect(try CNIRequest.sample("DEL", ["CNI_NETNS": ""]).netns == nil)
        #expect(try CNIRequest.sample("DEL").netns == "/var/run/netns/cni-1")
    }

    @Test(arguments: CNICommand.allCases) func aMissingPathIsNoFaultBecauseNothingIsDelegated(command: CNICommand) {
        #expect(throws: Never.self) { try CNIRequest.sample(command.rawValue, ["CNI_PATH": ""]) }
    }

    @Test func thePathIsAListOfFolders() throws {
        #expect(try CNIRequest.sample("ADD").sandbox?.path == [])
        #expect(try CNIRequest.sample("ADD", ["CNI_PATH": "/opt/cni/bin::/usr/lib/cni"]).sandbox?.path == ["/opt/cni/bin", "/usr/lib/cni"])
    }

    @Test(arguments: [
        ("1", true), ("true", true), ("TRUE", true), ("TrUe", true), ("0", false), ("", false), ("yes", false), ("true ", false),
    ])
    func theNetnsTestIsSkippedForTrueOrOne(value: String, isOverridden: Bool) throws {
        #expect(try CNIRequest.sample("ADD", ["CNI_NETNS_OVERRIDE": value]).sandbox?.isNetnsOverridden == isOverridden)
    }

    @Test(arguments: UInt64(1)...24) func thePodIsReadFromArgumentsInAnyOrder(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let pairs = [
            "IgnoreUnknown=1", "K8S_POD_NAMESPACE=default", "K8S_POD_NAME=web-0", "K8S_POD_INFRA_CONTAINER_ID=c0ffee",
            "K8S_POD_UID=6f1c=x", "SOMETHING=else", "without", "", "=",
        ].shuffled(using: &random)
        let arguments = PodArguments(pairs.joined(separator: ";"))
        #expect(arguments.namespace == "default")
        #expect(arguments.name == "web-0")
        #expect(arguments.infraContainerID == "c0ffee")
        #expect(arguments.uid == "6f1c=x")
    }

    @Test(arguments: ["", "IgnoreUnknown=1", "K8S_POD_NAME=;K8S_POD_NAMESPACE", ";;", "k8s_pod_name=a"])
    func argumentsWithoutAPodNameNone(text: String) throws {
        let arguments = try CNIRequest.sample("ADD", ["CNI_ARGS": text]).sandbox?.arguments
        #expect(arguments == PodArguments(""))
        #expect(arguments?.name == nil)
    }
}
