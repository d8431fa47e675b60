import CNISpec
import Conformance
import Testing

@Suite struct PluginCallTests {
    private func call(
        _ end: PluginCall.End, _ output: String = "", version: CNIVersion? = .v100, command: String = "ADD"
    ) -> PluginCall {
        PluginCall("ADD of a test", command: command, version: version, end: end, output: output, milliseconds: 7)
    }

    private let refusal = #"{"cniVersion":"1.0.0","code":4,"msg":"CNI_NETNS is missing","details":"see the manual"}"#

    @Test func aSuccessHasExitStatusZeroAndNothingElseHas() {
        #expect(call(.exited(0)).faultsOfSuccess == [])
        #expect(
            call(.exited(1), refusal).faultsOfSuccess == [
                "ADD of a test: exit 1, code 4: CNI_NETNS is missing see the manual instead of success"
            ])
        #expect(call(.killed(signal: 11)).faultsOfSuccess == ["ADD of a test: ended by signal 11 instead of success"])
        #expect(call(.timedOut).faultsOfSuccess == ["ADD of a test: no answer after 7 ms instead of success"])
    }

    @Test func silenceIsSuccessWithNothingButWhiteSpace() {
        #expect(call(.exited(0), " \n").faultsOfSilence == [])
        #expect(call(.exited(0), "{}").faultsOfSilence == ["ADD of a test: something on standard output"])
        #expect(call(.exited(1), refusal).faultsOfSilence.count == 1)
    }

    @Test func aRefusalNeedsOneOfTheCodesAndEveryWord() {
        let refused = call(.exited(1), refusal)
        #expect(refused.faultsOfRefusal(codes: [3, 4], naming: ["CNI_NETNS", "manual"]) == [])
        #expect(refused.faultsOfRefusal(codes: []) == [])
        #expect(refused.faultsOfRefusal(codes: [4], naming: ["CNI_IFNAME"]) == ["ADD of a test: the message does not name CNI_IFNAME"])
        #expect(refused.faultsOfRefusal(codes: [7]).first?.hasSuffix("instead of code 7") == true)
        #expect(call(.exited(0)).faultsOfRefusal(codes: [4, 3]) == ["ADD of a test: success instead of code 4 or 3"])
        #expect(call(.exited(1), "oops").faultsOfRefusal(codes: []) == ["ADD of a test: exit 1, no code instead of an error"])
    }

    /// How a call ended, what it wrote, and whether that is the form that the specification asks for.
    static let forms: [(end: PluginCall.End, output: String, isSound: Bool)] = [
        (.exited(0), "", true),
        (.exited(0), #"{"cniVersion":"1.0.0"}"#, true),
        (.exited(0), #"{"cniVersion":"1.0.0"} {}"#, false),
        (.exited(0), "done", false),
        (.exited(0), #"{"code":4,"msg":"x"}"#, false),
        (.exited(1), #"{"code":4,"msg":"x"}"#, true),
        (.exited(1), #"{"code":0,"msg":"x"}"#, false),
        (.exited(1), #"{"code":"4","msg":"x"}"#, false),
        (.exited(1), #"{"code":4,"msg":""}"#, false),
        (.exited(1), "", false),
        (.exited(1), "[]", false),
        (.killed(signal: 9), "", false),
        (.timedOut, "", false),
    ]

    @Test(arguments: forms) func exitStatusAndOutputMustAgree(end: PluginCall.End, output: String, isSound: Bool) {
        #expect(call(end, output).faultsOfForm.isEmpty == isSound)
    }

    @Test func anErrorTellsTheVersionItWasAskedIn() {
        #expect(call(.exited(1), refusal).faultsOfVersion == [])
        #expect(
            call(.exited(1), refusal, version: .v110).faultsOfVersion == ["ADD of a test: an error with cniVersion 1.0.0 instead of 1.1.0"])
        #expect(call(.exited(1), #"{"code":4,"msg":"x"}"#).faultsOfVersion == ["ADD of a test: an error without cniVersion"])
        // Where no version could be read, any that is spoken will do.
        #expect(call(.exited(1), refusal, version: nil).faultsOfVersion == [])
        #expect(call(.exited(1), #"{"cniVersion":"x","code":4,"msg":"x"}"#, version: nil).faultsOfVersion.count == 1)
        #expect(call(.exited(0), #"{"a":1}"#).faultsOfVersion == [])
    }

    @Test func aLongMessageIsCutShort() {
        let long = #"{"code":4,"msg":"\#(String(repeating: "x", count: 500))"}"#
        #expect(call(.exited(1), long).ending.count < 150)
    }
}
