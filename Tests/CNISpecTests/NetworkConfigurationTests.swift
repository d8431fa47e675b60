import CNISpec
import JSON
import Testing

struct NetworkConfigurationTests {
    @Test(arguments: ["aws-cni", "a", "0.net_1-x"]) func aNameOfTheGrammarIsTaken(name: String) throws {
        #expect(try configuration(#""name":"\#(name)""#).name == name)
    }

    @Test(arguments: [#""""#, #""-a""#, #""a b""#, #""a/b""#, #""é""#, "1", "null", "[]"], ["ADD", "DEL", "CHECK", "GC", "STATUS"])
    func anotherNameIsInvalid(name: String, command: String) {
        #expect(failure(sampleEnvironment(command), sampleConfiguration(#""name":\#(name)"#))?.code == .invalidConfiguration)
    }

    @Test func aConfigurationWithoutANameIsInvalid() {
        #expect(failure(sampleEnvironment("DEL"), #"{"cniVersion":"1.0.0"}"#)?.code == .invalidConfiguration)
    }

    @Test(
        arguments: [
            (nil, 9001), (#""9001""#, 9001), ("9001", 9001), ("576", 576), (#""576""#, 576), (#""1500""#, 1500), ("null", 9001),
            (#""""#, 9001),
        ] as [(String?, Int)])
    func theMTUIsATextOrANumberAndDefaultsToTheLargest(value: String?, mtu: Int) throws {
        #expect(try configuration(value.map { #""mtu":\#($0)"# }).mtu == mtu)
    }

    @Test(arguments: [
        "575", "9002", "0", "-1500", #""575""#, #""9002""#, #""jumbo""#, "1500.5", "1.5e3", "true", "[]", "99999999999999999999",
    ])
    func anotherMTUIsUnsupportedAndTheMessageHoldsKeyAndValue(value: String) {
        let error = failure(sampleEnvironment("ADD"), sampleConfiguration(#""mtu":\#(value)"#))
        #expect(error?.code == .unsupportedField)
        #expect(error?.message.hasPrefix("mtu is \(value == "[]" ? "an array" : value);") == true)
        #expect(error?.message.hasSuffix("a whole number from 576 to 9001") == true)
    }

    @Test(
        arguments: [
            (nil, "eni"), (#""eni""#, "eni"), (#""cali""#, "cali"), (#""a""#, "a"), ("null", "eni"), (#""""#, "eni"), (#""eth1""#, "eth1"),
        ] as [(String?, String)])
    func theVethPrefixIsAShortTextAndDefaultsToEni(value: String?, prefix: String) throws {
        #expect(try configuration(value.map { #""vethPrefix":\#($0)"# }).vethPrefix == prefix)
    }

    @Test(arguments: [#""eth""#, #""lo""#, #""vlan""#, #""calic""#, #""a/b""#, #""a b""#, #""ééé""#, "1", "true", "{}"])
    func anotherVethPrefixIsUnsupportedAndTheMessageHoldsKeyAndValue(value: String) {
        let error = failure(sampleEnvironment("CHECK"), sampleConfiguration(#""vethPrefix":\#(value)"#))
        #expect(error?.code == .unsupportedField)
        #expect(error?.message.hasPrefix("vethPrefix is \(value == "{}" ? "an object" : value);") == true)
    }

    @Test(
        arguments: [
            (#""type":"berth-cni""#, false), (#""type":"berth-cni","ipam":{}"#, false), (#""type":"berth-cni","ipam":{"type":""}"#, false),
            (#""type":"berth-cni","ipam":{"type":"berth-cni"}"#, false), (#""type":"ptp","ipam":{"type":"berth-cni"}"#, true),
            (#""type":"macvlan","mtu":0,"ipam":{"type":"berth-cni"}"#, true),
        ])
    func anotherPluginThatNamesUsInItsSectionIPAMWantsAddressesAlone(members: String, isBare: Bool) throws {
        #expect(try configuration(members).wantsAddressesAlone == isBare)
    }

    @Test(
        arguments: [
            (#"{"type":"host-local"}"#, "host-local"), (#"{"type":"static","addresses":[]}"#, "static"), (#"{"type":"a b"}"#, "a b"),
            (#"{"type":"berth-cni"}"#, nil), (#"{"type":""}"#, nil), (#"{"type":null}"#, nil), ("{}", nil),
        ] as [(String, String?)])
    func ourSectionIPAMNamesAnotherPlugin(section: String, plugin: String?) throws {
        let read = try configuration(#""type":"berth-cni","ipam":\#(section)"#)
        #expect(read.ipamPlugin == plugin && !read.wantsAddressesAlone)
    }

    @Test(arguments: [#""../host-local""#, #""/bin/sh""#, #"".""#, #""..""#, #""a\u0000b""#, "1", "[]"])
    func whatIsNoNameOfAPluginIsUnsupported(type: String) {
        let error = failure(sampleEnvironment("ADD"), sampleConfiguration(#""type":"berth-cni","ipam":{"type":\#(type)}"#))
        #expect(error?.code == .unsupportedField && error?.message.hasPrefix("ipam.type is ") == true, "\(type)")
    }

    @Test(arguments: [
        #""mtu":1"#, #""vethPrefix":"vlan""#, #""ipam":{"type":"../host-local"}"#, #""prevResult":[]"#,
        #""prevResult":{"ips":[{"address":"x"}]}"#,
    ])
    func whatAnAddRefusesDoesNotKeepADeleteFromItsWork(member: String) throws {
        #expect(failure(sampleEnvironment("ADD"), sampleConfiguration(member)) != nil)
        #expect(failure(sampleEnvironment("GC"), sampleConfiguration(member)) == nil)
        let input = Array(sampleConfiguration(member).utf8)
        let configuration = try #require(CNIRequest(environment: sampleEnvironment("DEL"), input: input).sandbox).configuration
        #expect(configuration.mtu == 9001)
        #expect(configuration.vethPrefix == "eni")
        #expect((configuration.previousResult == nil) == member.contains("prevResult"))
    }

    @Test func keysThatAreNotOursAreKept() throws {
        let members =
            #""capabilities":{"x":true},"runtimeConfig":{"io.kubernetes.cri.pod-annotations":{"a":"b"}},"args":{"#
            + #""cni":{"ips":["10.0.0.5"]}},"podSGEnforcingMode":"strict","dns":{}"#
        let configuration = try configuration(members)
        #expect(configuration.runtimeConfig?["io.kubernetes.cri.pod-annotations"]?["a"] == "b")
        #expect(configuration.args?["cni"]?["ips"]?.array == ["10.0.0.5"])
        #expect(configuration.json["podSGEnforcingMode"] == "strict")
        #expect(configuration.type == "berth-cni")
        #expect(JSONValue.object(configuration.json).description == sampleConfiguration(members))
    }

    @Test func unknownKeysOfThePreviousResultAreKept() throws {
        let result = #"{"cniVersion":"0.4.0","ips":[{"version":"4","address":"10.0.0.5/32","x":1}],"vendor":{"y":[1.50]}}"#
        let previous = try #require(try configuration(#""prevResult":\#(result)"#).previousResult)
        #expect(previous.json.description == result)
        #expect(previous.result.addresses.map { "\($0.address)" } == ["10.0.0.5"])
    }

    @Test func thePluginOfTheIncumbentsConflistIsTaken() throws {
        let input = #"""
            {"cniVersion":"0.4.0","name":"aws-cni","type":"aws-cni","vethPrefix":"eni","mtu":"9001","podSGEnforcingMode":"strict",
             "pluginLogFile":"/var/log/aws-routed-eni/plugin.log","pluginLogLevel":"DEBUG",
             "runtimeConfig":{"io.kubernetes.cri.pod-annotations":{"kubernetes.io/config.source":"api"}}}
            """#
        let request = try CNIRequest(environment: sampleEnvironment("ADD"), input: Array(input.utf8))
        #expect(request.sandbox?.configuration.mtu == 9001)
        #expect(request.version == .v040)
    }

    @Test(arguments: [
        (#""cni.dev/valid-attachments":null"#, []), (#""cni.dev/valid-attachments":[]"#, []), (#""cni.dev/attachments":null"#, []),
        (#""cni.dev/valid-attachments":[{"containerID":"a","ifname":"eth0"}]"#, ["a/eth0"]),
        (#""cni.dev/attachments":[{"containerID":"a","ifname":"eth0"},{"containerID":"a","ifname":"net1"}]"#, ["a/eth0", "a/net1"]),
        (#""cni.dev/valid-attachments":null,"cni.dev/attachments":null"#, []),
        (
            #""cni.dev/valid-attachments":[{"containerID":"a","ifname":"eth0"}],"cni.dev/attachments":[{"#
                + #""containerID":"a","ifname":"eth0"}]"#,
            ["a/eth0"]
        ),
        (#""cni.dev/valid-attachments":null,"cni.dev/attachments":[{"containerID":"b","ifname":"eth0","x":1}]"#, ["b/eth0"]),
    ]) func garbageCollectionKeepsWhatEitherKeyListsAndReadsNullAsEmpty(members: String, kept: [String]) throws {
        let request = try CNIRequest(
            environment: sampleEnvironment("GC"), input: Array(#"{"cniVersion":"1.1.0","name":"n",\#(members)}"#.utf8))
        guard case .collectGarbage(let configuration, let keeping) = request else {
            Issue.record("no GC")
            return
        }
        #expect(keeping.map { "\($0.containerID)/\($0.ifname)" }.sorted() == kept)
        #expect(configuration.name == "n")
    }

    @Test func garbageCollectionWithoutAListFreesNothing() {
        let error = failure(sampleEnvironment("GC"), #"{"cniVersion":"1.1.0","name":"n"}"#)
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message.contains("cni.dev/valid-attachments") == true)
    }

    @Test(
        arguments: [
            "1", "{}", "\"a\"", "[1]", "[{}]", #"[{"containerID":"a"}]"#, #"[{"ifname":"eth0"}]"#,
            #"[{"#
                + #""containerID":"","ifname":"eth0"}]"#,
            #"[{"containerID":"a","ifname":1}]"#, #"[{"containerID":"a","ifname":"eth0"},null]"#,
        ],
        ["cni.dev/valid-attachments", "cni.dev/attachments"])
    func aListThatCannotBeReadFreesNothing(list: String, key: String) {
        let error = failure(sampleEnvironment("GC"), sampleConfiguration(#""\#(key)":\#(list)"#))
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message.hasPrefix(key) == true)
        #expect(failure(sampleEnvironment("ADD"), sampleConfiguration(#""\#(key)":\#(list)"#)) == nil)
    }

    private func configuration(_ others: String?) throws -> NetworkConfiguration {
        let input = others.map { sampleConfiguration($0) } ?? sampleConfiguration()
        return try #require(CNIRequest(environment: sampleEnvironment("ADD"), input: Array(input.utf8)).sandbox).configuration
    }
}
