import Addressing
import IncumbentState
import SeededRandom
import Testing

@Suite struct CheckpointPropertyTests {
    @Test(arguments: UInt64(1)...300) func whatIsWrittenIsReadBack(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let checkpoint = try Checkpoint(allocations: entries(using: &random))
        let read = try Checkpoint(json: checkpoint.json)
        #expect(read == checkpoint)
        #expect(read.json == checkpoint.json)
    }

    @Test(arguments: UInt64(1)...200) func damagedFilesAreRefusedOrKeepEveryKeyAndAddressApart(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let intact = try Checkpoint(allocations: entries(using: &random)).json
        for _ in 0..<40 {
            var damaged = intact
            for _ in 0...random.below(2) { damaged[random.below(damaged.count)] = Array("{}[],:\"\\01.e".utf8)[random.below(12)] }
            do throws(CheckpointError) {
                let read = try Checkpoint(json: damaged)
                #expect(Set(read.allocations.map(\.address)).count == read.allocations.count)
                #expect(Set(read.allocations.map(\.key)).count == read.allocations.count)
                #expect(try Checkpoint(json: read.json) == read)
            } catch {
                #expect(!error.problem.isEmpty && !error.remedy.isEmpty)
            }
        }
    }

    @Test(arguments: UInt64(1)...50) func everyCutOfAFileIsRefused(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let file = try Checkpoint(allocations: Array(entries(using: &random).prefix(2))).json
        // Without its last byte, a new line, the file is whole.
        for length in 0..<(file.count - 1) {
            #expect(throws: CheckpointError.self) { try Checkpoint(json: Array(file[..<length])) }
        }
    }

    private func entries(using random: inout SplitMix64) -> [Checkpoint.Entry] {
        var seen: (addresses: Set<IPAddress>, keys: Set<Checkpoint.Entry.Key>) = ([], [])
        return (0..<random.below(30)).map { _ in entry(using: &random) }.filter { entry in
            seen.addresses.insert(entry.address).inserted && seen.keys.insert(entry.key).inserted
        }
    }

    private func entry(using random: inout SplitMix64) -> Checkpoint.Entry {
        let address: IPAddress =
            random.below(2) == 0
            ? .v4(IPv4Address(bits: UInt32.random(in: 0 ... .max, using: &random)))
            : .v6(IPv6Address(bits: UInt128.random(in: 0 ... .max, using: &random) >> UInt128(16 * random.below(8))))
        return Checkpoint.Entry(
            key: Checkpoint.Entry.Key(
                networkName: name(using: &random) + "n", containerID: name(using: &random) + "c", ifName: name(using: &random) + "i"),
            address: address,
            allocationTimestamp: Int64.random(in: .min ... .max, using: &random),
            podNamespace: random.below(3) == 0 ? nil : name(using: &random),
            podName: random.below(3) == 0 ? nil : name(using: &random),
            interfacesCount: random.below(3) == 0 ? nil : random.below(4))
    }

    private func name(using random: inout SplitMix64) -> String {
        let alphabets: [ClosedRange<UInt32>] = [0...0x1f, 0x20...0x7f, 0x61...0x7a, 0x26...0x3e, 0x2026...0x202b, 0x1f600...0x1f64f]
        var scalars = String.UnicodeScalarView()
        for _ in 0..<random.below(8) {
            let range = alphabets[random.below(alphabets.count)]
            if let scalar = Unicode.Scalar(UInt32.random(in: range, using: &random)) { scalars.append(scalar) }
        }
        return String(scalars)
    }
}
