import Addressing
import IncumbentState
import Testing

@Suite struct CheckpointErrorTests {
    private static let key = #""networkName":"aws-cni","containerID":"c","ifName":"eth0""#

    @Test(arguments: [
        ("", "The checkpoint is not JSON: unexpected end at byte 0, line 1"),
        (#"{"version":"vpc-cni-ipam/1","#, "The checkpoint is not JSON: unexpected end at byte 28, line 1"),
        (#"{"version":"vpc-cni-ipam/1","allocations":[]}{}"#, "something behind the end of the document at byte 45, line 1"),
        ("[]", "The checkpoint's . is an array, not an object"),
        ("{}", "The checkpoint's .version is missing"),
        (#"{"version":1}"#, "The checkpoint's .version is 1, not a string"),
        (#"{"version":"vpc-cni-ipam/2"}"#, #"The checkpoint has version "vpc-cni-ipam/2" instead of "vpc-cni-ipam/1""#),
        (#"{"version":"vpc-cni-ipam/1","allocations":{}}"#, "The checkpoint's .allocations is an object, not an array"),
    ]) func aDocumentThatIsNoCheckpointIsRefusedWithTheReason(text: String, message: String) {
        let error = #expect(throws: CheckpointError.self) { try read(text) }
        #expect(error?.problem.hasSuffix(message) == true, "\(error?.problem ?? "")")
    }

    @Test(arguments: [
        ("7", "The checkpoint's .allocations[1] is a number, not an object"),
        (#"{"ipv4":"10.0.0.2"}"#, "The entry .allocations[1] has no networkName"),
        (#"{"networkName":"n","ifName":"i","ipv4":"10.0.0.2"}"#, "The entry .allocations[1] has no containerID"),
        (#"{"networkName":"n","containerID":"c","ifName":"","ipv4":"10.0.0.2"}"#, "The entry .allocations[1] has no ifName"),
        (
            #"{"networkName":{},"containerID":"c","ifName":"i"}"#,
            "The checkpoint's .allocations[1].networkName is an object, not a string"
        ),
        ("{\(key)}", "The entry .allocations[1] has neither ipv4 nor ipv6"),
        (#"{\#(key),"ipv4":"","ipv6":null}"#, "The entry .allocations[1] has neither ipv4 nor ipv6"),
        (#"{\#(key),"ipv4":"10.0.0.2","ipv6":"fd00::2"}"#, "The entry .allocations[1] has both ipv4 and ipv6"),
        (#"{\#(key),"ipv4":"10.0.0.256"}"#, #"The ipv4 of .allocations[1] is "10.0.0.256", which is no IPv4 address"#),
        (#"{\#(key),"ipv4":"fd00::2"}"#, #"The ipv4 of .allocations[1] is "fd00::2", which is no IPv4 address"#),
        (#"{\#(key),"ipv6":"10.0.0.2"}"#, #"The ipv6 of .allocations[1] is "10.0.0.2", which is no IPv6 address"#),
        (#"{\#(key),"ipv4":167772162}"#, "The checkpoint's .allocations[1].ipv4 is 167772162, not a string"),
        (
            #"{\#(key),"ipv4":"10.0.0.2","allocationTimestamp":1.5e18}"#,
            "The allocationTimestamp of .allocations[1] is 1.5e18, which is no whole number of nanoseconds"
        ),
        (
            #"{\#(key),"ipv4":"10.0.0.2","allocationTimestamp":9223372036854775808}"#,
            "The allocationTimestamp of .allocations[1] is 9223372036854775808, which is no whole number of nanoseconds"
        ),
        (
            #"{\#(key),"ipv4":"10.0.0.2","allocationTimestamp":"soon"}"#,
            #"The allocationTimestamp of .allocations[1] is "soon", which is no whole number of nanoseconds"#
        ),
        (#"{\#(key),"ipv4":"10.0.0.2","metadata":"none"}"#, "The checkpoint's .allocations[1].metadata is a string, not an object"),
        (
            #"{\#(key),"ipv4":"10.0.0.2","metadata":{"k8sPodName":true}}"#,
            "The checkpoint's .allocations[1].metadata.k8sPodName is a boolean, not a string"
        ),
        (
            #"{\#(key),"ipv4":"10.0.0.2","metadata":{"interfacesCount":-1}}"#,
            "The checkpoint's .allocations[1].metadata.interfacesCount is -1, not a count"
        ),
        (#"{\#(key),"ipv4":"10.0.0.1"}"#, "The entries .allocations[0] and .allocations[1] both have the address 10.0.0.1"),
        (
            #"{"networkName":"aws-cni","containerID":"first","ifName":"eth0","ipv4":"10.0.0.2"}"#,
            #"The entries .allocations[0] and .allocations[1] both are of "aws-cni/first/eth0""#
        ),
    ]) func anEntryWithAFaultRefusesTheFileWithItsPlace(entry: String, message: String) {
        let first = #"{"networkName":"aws-cni","containerID":"first","ifName":"eth0","ipv4":"10.0.0.1"}"#
        let error = #expect(throws: CheckpointError.self) { try readEntries(first, entry) }
        #expect(error?.problem == message)
    }

    @Test func everyErrorSaysWhatToDo() {
        let key = Checkpoint.Entry.Key(networkName: "n", containerID: "c", ifName: "i")
        let errors: [CheckpointError] = [
            .otherVersion("x"), .withoutAddress(position: 1), .repeatedKey(key, first: 0, second: 1),
            .repeatedAddress(.v4(IPv4Address(10, 0, 0, 1)), first: 0, second: 1),
        ]
        #expect(Set(errors.map(\.remedy)).count == 4)
        #expect(
            "\(errors[0])" == #"The checkpoint has version "x" instead of "vpc-cni-ipam/1". "#
                + "Take the node over with a release of Berth that reads this version, or drain and replace the node.")
    }

    @Test func aFileBeyondTheBoundsIsRefused() {
        let large = [UInt8](repeating: 0x20, count: Checkpoint.bytesMax + 1)
        let error = #expect(throws: CheckpointError.self) { try Checkpoint(json: large) }
        #expect(error?.problem.contains("16777217 bytes are more than the 16777216 allowed") == true)
        let entries = Array(repeating: "{}", count: Checkpoint.entriesMax + 1).joined(separator: ",")
        #expect(throws: CheckpointError.tooManyEntries(16_385)) { try readEntries(entries) }
    }

    @Test func anErrorRepeatsOnlyTheBeginningOfALongText() {
        let long = String(repeating: "1", count: 100_000)
        for entry in [
            #"{\#(Self.key),"ipv4":"\#(long)"}"#, #"{\#(Self.key),"ipv4":"10.0.0.1","allocationTimestamp":\#(long)}"#,
            #"{\#(Self.key),"ipv4":\#(long)}"#,
        ] {
            let error = #expect(throws: CheckpointError.self) { try readEntries(entry) }
            #expect((error?.description.utf8.count ?? 0) < 400)
        }
    }
}
