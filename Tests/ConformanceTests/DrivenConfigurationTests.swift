import CNISpec
import Conformance
import JSON
import Testing

@Suite struct DrivenConfigurationTests {
    private func configuration(_ text: String) throws -> DrivenConfiguration {
        try DrivenConfiguration(parsing: try JSONValue(parsing: Array(text.utf8), bytesMax: 1 << 16), type: "ptp")
    }

    @Test func aListsFirstPluginOfTheTypeIsSentWithTheListsName() throws {
        let list =
            #"{"cniVersion":"0.4.0","name":"n","plugins":[{"type":"other"},{"type":"ptp","mtu":1,"capabilities":{"mac":true}},{"type":"ptp"}]}"#
        let sent = try configuration(list).object(in: .v100, previousResult: ["a": 1])
        #expect(
            JSONValue.object(sent) == [
                "cniVersion": "1.0.0", "name": "n-conformance", "type": "ptp", "mtu": 1, "prevResult": ["a": 1],
            ])
    }

    @Test func thePluginsBeforeItInAListAreKeptInOrder() throws {
        let list = try configuration(#"{"name":"n","plugins":[{"type":"a","x":1},{"type":"b"},{"type":"ptp"},{"type":"c"}]}"#)
        #expect(list.earlier.map(\.type) == ["a", "b"])
        #expect(
            JSONValue.object(list.earlier[0].object(in: .v100)) == ["cniVersion": "1.0.0", "name": "n-conformance", "type": "a", "x": 1])
        #expect(try configuration(#"{"name":"n","type":"ptp"}"#).earlier == [])
    }

    @Test func aPlainConfigurationIsSentInTheVersionAskedFor() throws {
        let plain = try configuration(#"{"cniVersion":"0.4.0","name":"n","type":"ptp","ipam":{"type":"host-local"}}"#)
        #expect(plain.object(in: .v110)["cniVersion"] == "1.1.0" && plain.object(in: nil)["cniVersion"] == nil)
        #expect(plain.delegatesAddresses)
        #expect(plain.object(in: .v100, ipam: "x")["ipam"] == ["type": "x"])
    }

    @Test func asAnIPAMPluginItsMembersStandUnderIPAM() throws {
        let plain = try configuration(#"{"name":"n","type":"ptp","mtu":1}"#)
        #expect(!plain.delegatesAddresses)
        #expect(
            JSONValue.object(plain.asIPAM(of: "bridge", in: .v100)) == [
                "cniVersion": "1.0.0", "name": "n-conformance", "type": "bridge", "ipam": ["type": "ptp", "mtu": 1],
            ])
    }

    @Test(arguments: ["[]", "{}", #"{"name":""}"#, #"{"name":"n","plugins":[]}"#, #"{"name":"n","plugins":[{"type":"other"}]}"#])
    func whatHoldsNoConfigurationOfThePluginIsRefused(text: String) {
        #expect(throws: DrivenConfiguration.Fault.self) { try configuration(text) }
    }
}
