import Addressing
import IPAMEngine
import JournalAdapter
import Testing
import Timeline

@Suite struct JournalEntryBytesTests {
    @Test(arguments: UInt64(1)...100) func everyEntryComesBackAsItWas(seed: UInt64) throws {
        var generator = EntryGenerator(seed: seed)
        for entry in generator.oneOfEach() {
            let bytes = try payload(entry)
            #expect(bytes.count + 9 <= JournalRecord.bodyBytes.upperBound)
            #expect(try read(entry.operation, bytes) == entry, "seed \(seed)")
        }
    }

    /// Journals are read by other versions than wrote them: within a format these bytes never change.
    @Test(arguments: [
        (JournalEntry.gone(IPv4Address(10, 0, 32, 17)), "04 01 1120000a"),
        (.linkGone(PodAddresses(.v6(IPv6Address(bits: 0x2600 << 112 | 1)))), "04 02 01000000000000000000000000000026"),
        (.eniCreated(ENIID(unchecked: "eni-1"), clientToken: "t"), "05 0500 656e692d31 0100 74"),
        (.eniGone(ENIID(unchecked: "eni-1"), at: Instant(nanoseconds: 1)), "07 0500 656e692d31 0100000000000000"),
        (.eniRefused(clientToken: "t"), "0a 0100 74"),
        (.eniDetached(ENIID(unchecked: "eni-1")), "0e 0500 656e692d31"),
        (.eniLost(ENIID(unchecked: "eni-1")), "0f 0500 656e692d31"),
        (.degradationOrdered(.stopCalls, at: Instant(nanoseconds: 1)), "10 02 0100000000000000"),
        (.wired(PodAttachment(network: "n", containerID: "c", interface: "e")), "02 0100 6e 0100 63 0100 65"),
        (
            .released(
                PodAttachment(network: "", containerID: "", interface: ""), PodAddresses(.v4(IPv4Address(10, 0, 0, 1))),
                until: Instant(nanoseconds: 258)),
            "03 0000 0000 0000 01 0100000a 0201000000000000"
        ),
        (
            .promised(PodName(namespace: "s", name: "p"), PodAddresses(.v4(IPv4Address(10, 0, 0, 1))), until: Instant(nanoseconds: 258)),
            "08 0100 73 0100 70 01 0100000a 0201000000000000"
        ),
        (
            .unassigned(
                ENIID(unchecked: "eni-1"), [IPv4Address(10, 0, 0, 5)], [IPv4CIDR(containing: IPv4Address(10, 0, 1, 0), prefixLength: 28)],
                at: Instant(nanoseconds: 2)),
            "0c 0500 656e692d31 0100 0500000a 0100 0001000a 1c 0200000000000000"
        ),
        (
            .allocated(
                Allocation(
                    attachment: PodAttachment(network: "n", containerID: "c", interface: "e"), pod: PodName(namespace: "s", name: "p"),
                    addresses: PodAddresses(.v4(IPv4Address(10, 0, 0, 1))), eni: ENIID(unchecked: "eni-1"), card: 3, deviceIndex: 2,
                    since: Instant(nanoseconds: -1), hostLink: "eni0", hold: .nanoseconds(5))),
            """
            01 0100 6e 0100 63 0100 65 01 0100 73 0100 70 01 0100000a 0500 656e692d31 0300 0200 ffffffffffffffff 0400 656e6930
            0500000000000000
            """
        ),
        (
            .eniRequested(
                NewENI(
                    subnet: SubnetID(unchecked: "subnet-1"), securityGroups: [SecurityGroupID(unchecked: "sg-1")], clientToken: "t",
                    content: .prefixes(2), hasIPv6: true, pool: PoolName("b"), seat: DeviceSeat(card: 1, deviceIndex: 4))),
            "09 0800 7375626e65742d31 0100 0400 73672d31 0100 74 01 0200 01 0100 62 0100 0400"
        ),
        (
            .eniAttached(
                AttachedENI(
                    id: ENIID(unchecked: "eni-1"), mac: MACAddress(bits: 0x0201_0203_0405), card: 1, deviceIndex: 1,
                    subnet: SubnetID(unchecked: "subnet-1"), subnetBlock: IPv4CIDR(containing: IPv4Address(10, 0, 0, 0), prefixLength: 8),
                    primaryAddress: IPv4Address(10, 0, 0, 4), secondaryAddresses: [IPv4Address(10, 0, 0, 5)],
                    prefixes: [IPv4CIDR(containing: IPv4Address(10, 0, 1, 0), prefixLength: 28)],
                    ipv6Prefixes: [IPv6CIDR(containing: IPv6Address(bits: 0x2600 << 112), prefixLength: 80)], pool: PoolName("b"))),
            """
            06 0500 656e692d31 0504030201020000 0100 0100 0800 7375626e65742d31 0000000a 08 0400000a 0100 0500000a 0100 0001000a 1c
            0100 00000000000000000000000000000026 50 0100 62
            """
        ),
    ])
    func bytesOfAnEntryAreFixed(entry: JournalEntry, expected: String) throws {
        let bytes = [entry.operation.rawValue] + (try payload(entry))
        #expect(hex(bytes) == expected.filter { !$0.isWhitespace })
    }

    @Test func payloadThatIsCutOrGoesOnIsRefused() throws {
        var generator = EntryGenerator(seed: 7)
        for entry in generator.oneOfEach() {
            let bytes = try payload(entry)
            for length in 0..<bytes.count {
                #expect(throws: MalformedBytes.self) { try read(entry.operation, bytes, upTo: length) }
            }
            #expect(throws: MalformedBytes.self) { try read(entry.operation, bytes + [0]) }
        }
    }

    @Test(arguments: UInt64(1)...50) func damagedPayloadIsRefusedOrIsAnotherEntryThatCanBeWritten(seed: UInt64) throws {
        var generator = EntryGenerator(seed: seed)
        for entry in generator.oneOfEach() {
            var bytes = try payload(entry)
            for _ in 0..<50 {
                bytes[Int.random(in: bytes.indices, using: &generator.random)] = generator.random.next(as: UInt8.self)
                guard let other = try? read(entry.operation, bytes) else { continue }
                #expect(try read(other.operation, payload(other)) == other, "seed \(seed)")
            }
        }
    }

    @Test func textsUpToTheLimitAreWrittenAndLongerOnesAreRefused() throws {
        let longest = String(repeating: "x", count: ByteWriter.textBytesMax)
        let fits = JournalEntry.wired(PodAttachment(network: longest, containerID: longest, interface: longest))
        #expect(try read(.wired, payload(fits)) == fits)
        let tooLong = JournalEntry.wired(PodAttachment(network: "n", containerID: longest + "x", interface: "eth0"))
        let error = #expect(throws: UnwritableValue.self) { try payload(tooLong) }
        #expect(error?.reason.hasPrefix("a text of 1025 bytes is longer than 1024") == true)
    }

    @Test(arguments: [
        JournalEntry.eniLost(ENIID(unchecked: "subnet-1")),
        .eniLost(ENIID(unchecked: "eni-")),
        .eniLost(ENIID(unchecked: "eni-" + String(repeating: "0", count: 61))),
        .allocated(
            Allocation(
                attachment: PodAttachment(network: "n", containerID: "c", interface: "e"), pod: nil,
                addresses: PodAddresses(.v4(IPv4Address(10, 0, 0, 1))), eni: ENIID(unchecked: "eni-1"), deviceIndex: -1, since: .zero,
                hostLink: "")),
        .eniAttached(
            AttachedENI(
                id: ENIID(unchecked: "eni-1"), mac: MACAddress(bits: 0), deviceIndex: 0, subnet: SubnetID(unchecked: "subnet-1"),
                subnetBlock: IPv4CIDR(host: IPv4Address(10, 0, 0, 1)), primaryAddress: IPv4Address(10, 0, 0, 1),
                secondaryAddresses: (0...UInt32(ByteWriter.elementsMax)).map(IPv4Address.init(bits:)), prefixes: [])),
    ])
    func whatCouldNotBeReadAgainIsNotWritten(entry: JournalEntry) {
        #expect(throws: UnwritableValue.self) { try payload(entry) }
    }

    @Test func largestENIFitsIntoARecord() throws {
        let most = UInt32(ByteWriter.elementsMax)
        let eni = JournalEntry.eniAttached(
            AttachedENI(
                id: ENIID(unchecked: "eni-" + String(repeating: "0", count: 60)), mac: MACAddress(bits: 1), deviceIndex: 65535,
                subnet: SubnetID(unchecked: "subnet-" + String(repeating: "0", count: 57)),
                subnetBlock: IPv4CIDR(host: IPv4Address(10, 0, 0, 1)), primaryAddress: IPv4Address(10, 0, 0, 1),
                secondaryAddresses: (0..<most).map(IPv4Address.init(bits:)),
                prefixes: (0..<most).map { IPv4CIDR(containing: IPv4Address(bits: $0 << 4), prefixLength: 28) }))
        var writer = ByteWriter()
        try JournalRecord.write(eni, sequence: 1, to: &writer)
        #expect(JournalScan(writer.bytes, from: 0).entries == [eni])
    }

    // MARK: -

    private func payload(_ entry: JournalEntry) throws -> [UInt8] {
        var writer = ByteWriter()
        try entry.write(to: &writer)
        return writer.bytes
    }

    /// Reads bytes up to a bound, behind which the next record stands.
    private func read(_ operation: JournalOperation, _ bytes: [UInt8], upTo end: Int? = nil) throws -> JournalEntry {
        var reader = ByteReader(bytes, in: 0..<(end ?? bytes.count))
        return try JournalEntry(operation, from: &reader)
    }

    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
