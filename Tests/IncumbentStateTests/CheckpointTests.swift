import Addressing
import IncumbentState
import Testing

@Suite struct CheckpointTests {
    private static let entry = Checkpoint.Entry(
        key: Checkpoint.Entry.Key(networkName: "aws-cni", containerID: "<sandbox id>", ifName: "eth0"),
        address: .v4(IPv4Address(10, 0, 1, 23)), allocationTimestamp: 1_700_000_000_000_000_000, podNamespace: "default",
        podName: "web-0", interfacesCount: 1)

    /// The document of the incumbent's format as a person would lay it out.
    private static let laidOut = """
        {"version":"vpc-cni-ipam/1","allocations":[
         {"networkName":"aws-cni","containerID":"<sandbox id>","ifName":"eth0","ipv4":"10.0.1.23",
          "allocationTimestamp":1700000000000000000,
          "metadata":{"k8sPodNamespace":"default","k8sPodName":"web-0","interfacesCount":1}}]}
        """

    @Test func theFileOfANodeIsRead() throws {
        #expect(try Checkpoint(json: Array(Self.laidOut.utf8)).allocations == [Self.entry])
    }

    @Test func theFileIsWrittenAsTheIncumbentWritesIt() throws {
        let file = try Checkpoint(allocations: [Self.entry]).json
        #expect(
            String(decoding: file, as: UTF8.self)
                == #"{"version":"vpc-cni-ipam/1","allocations":["#
                + #"{"networkName":"aws-cni","containerID":"\u003csandbox id\u003e","ifName":"eth0","ipv4":"10.0.1.23","#
                + #""allocationTimestamp":1700000000000000000,"#
                + #""metadata":{"k8sPodNamespace":"default","k8sPodName":"web-0","interfacesCount":1}}]}"# + "\n")
    }

    @Test func aNodeWithoutPodsHasAnEmptyList() throws {
        let file = try Checkpoint(allocations: []).json
        #expect(String(decoding: file, as: UTF8.self) == #"{"version":"vpc-cni-ipam/1","allocations":[]}"# + "\n")
        #expect(try Checkpoint(json: file).allocations == [])
        #expect(try read(#"{"version":"vpc-cni-ipam/1","allocations":null}"#).allocations == [])
    }

    @Test func anEntryOfAnOldReleaseIsKeptAsItIs() throws {
        let checkpoint = try readEntries(
            #"{"networkName":"_migrated-from-cri","containerID":"5f3c","ifName":"unknown","ipv4":"10.0.1.23"}"#)
        let key = Checkpoint.Entry.Key(networkName: "_migrated-from-cri", containerID: "5f3c", ifName: "unknown")
        #expect(checkpoint.allocations == [Checkpoint.Entry(key: key, address: .v4(IPv4Address(10, 0, 1, 23)))])
        #expect(
            String(decoding: checkpoint.json, as: UTF8.self).contains(
                #"{"networkName":"_migrated-from-cri","containerID":"5f3c","ifName":"unknown","ipv4":"10.0.1.23","#
                    + #""allocationTimestamp":0,"metadata":{}}"#))
    }

    @Test func membersThatAreNotKnownArePassedOver() throws {
        let checkpoint = try read(
            #"""
            {"written-by":"v9","version":"vpc-cni-ipam/1","allocations":[
              {"networkName":"n","containerID":"c","ifName":"i","ipv6":"fd00::17","ipv4":"","card":{"index":1},
               "metadata":{"k8sPodName":"web-0","interfacesCount":0,"k8sPodUID":"u"},"allocationTimestamp":null}]}
            """#)
        let entry = try #require(checkpoint.allocations.first)
        #expect(entry.address == IPAddress("fd00::17"))
        #expect(entry.podName == "web-0")
        #expect((entry.podNamespace, entry.interfacesCount, entry.allocationTimestamp) == (nil, nil, 0))
    }

    @Test func anIPv6AddressStandsUnderItsOwnName() throws {
        let entry = Checkpoint.Entry(
            key: Self.entry.key, address: try #require(IPAddress("2600:1f13:0:0:0::17")), allocationTimestamp: 5)
        let file = try Checkpoint(allocations: [entry]).json
        #expect(String(decoding: file, as: UTF8.self).contains(#""ifName":"eth0","ipv6":"2600:1f13::17","allocationTimestamp":5,"#))
    }

    @Test func whatGoEscapesIsEscaped() throws {
        let key = Checkpoint.Entry.Key(
            networkName: "a<b>&\"\\/", containerID: "\u{8}\t\n\u{c}\r\u{1}\u{1f}\u{7f}", ifName: "é\u{2028}\u{2029}😀")
        let checkpoint = try Checkpoint(allocations: [Checkpoint.Entry(key: key, address: .v4(IPv4Address(10, 0, 0, 1)))])
        #expect(
            String(decoding: checkpoint.json, as: UTF8.self).contains(
                #""networkName":"a\u003cb\u003e\u0026\"\\/","containerID":"\b\t\n\f\r\u0001\u001f"# + "\u{7f}"
                    + #"","ifName":"é\u2028\u2029😀""#))
        #expect(try Checkpoint(json: checkpoint.json) == checkpoint)
    }

    @Test func entriesAreOrderedByAddressWhateverTheirOrderBefore() throws {
        let entries = ["fd00::1", "10.0.0.9", "10.0.0.10", "fd00::", "9.255.0.1"].enumerated().compactMap { number, text in
            IPAddress(text).map { address in
                Checkpoint.Entry(key: .init(networkName: "n", containerID: "\(number)", ifName: "eth0"), address: address)
            }
        }
        let checkpoint = try Checkpoint(allocations: entries)
        #expect(checkpoint.allocations.map { "\($0.address)" } == ["9.255.0.1", "10.0.0.9", "10.0.0.10", "fd00::", "fd00::1"])
        #expect(try Checkpoint(allocations: entries.reversed()).json == checkpoint.json)
    }

    @Test func theLargestCheckpointIsReadBack() throws {
        let name = String(repeating: "x", count: 253)
        let entries = (0..<Checkpoint.entriesMax).map { number in
            Checkpoint.Entry(
                key: .init(networkName: "aws-cni", containerID: "\(number)" + String(repeating: "f", count: 64), ifName: "eth0"),
                address: .v4(IPv4Address(bits: 0x0a00_0000 + UInt32(number))), allocationTimestamp: .max, podNamespace: name,
                podName: name, interfacesCount: 1)
        }
        let checkpoint = try Checkpoint(allocations: entries)
        #expect(checkpoint.json.count < Checkpoint.bytesMax)
        #expect(try Checkpoint(json: checkpoint.json) == checkpoint)
        let oneMore = Checkpoint.Entry(key: .init(networkName: "n", containerID: "c", ifName: "i"), address: .v4(IPv4Address(bits: 1)))
        #expect(throws: CheckpointError.tooManyEntries(16_385)) { try Checkpoint(allocations: entries + [oneMore]) }
    }
}

func read(_ text: String) throws(CheckpointError) -> Checkpoint {
    try Checkpoint(json: Array(text.utf8))
}

/// Reads a file of the right version with these entries.
func readEntries(_ entries: String...) throws(CheckpointError) -> Checkpoint {
    try read(#"{"version":"vpc-cni-ipam/1","allocations":["# + entries.joined(separator: ",") + "]}")
}
