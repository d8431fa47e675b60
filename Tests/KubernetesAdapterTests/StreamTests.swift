import JSON
import KubernetesAdapter
import KubernetesTesting
import SeededRandom
import Testing

/// The stream of a watch, however it is cut up and whatever is in it.
@Suite(.timeLimit(.minutes(2)))
struct StreamTests {
    private static func stream(_ random: inout SplitMix64) -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<random.below(20) {
            let length = random.below(4) == 0 ? random.below(3000) : random.below(40)
            bytes += (0..<length).map { _ in UInt8(random.below(256)) }.filter { $0 != UInt8(ascii: "\n") }
            if random.below(10) > 0 { bytes.append(UInt8(ascii: "\n")) }
        }
        return bytes
    }

    @Test(arguments: UInt64(1)...300) func linesAreTheSameHoweverTheyAreCutUp(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let bytes = Self.stream(&random)
        var expected = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map(Array.init)
        let unfinished = expected.popLast() ?? []
        expected.removeAll(where: \.isEmpty)

        var splitter = LineSplitter(bytesMax: 100_000)
        var lines: [[UInt8]] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let chunk = rest.prefix(1 + random.below(random.below(2) == 0 ? 3 : 500))
            rest = rest.dropFirst(chunk.count)
            #expect(splitter.take(chunk) { lines.append($0) } == nil)
        }
        #expect(lines == expected, "seed \(seed)")
        #expect(splitter.isInLine == !unfinished.isEmpty)
    }

    @Test(arguments: [9, 10, 11, 20]) func aLineMayBeAsLongAsItsBoundAndNoLonger(length: Int) {
        for chunkLength in [1, 3, 100] {
            var splitter = LineSplitter(bytesMax: 10)
            var lines = 0
            var isTooLong = false
            var rest = ([UInt8](repeating: 1, count: length) + [UInt8(ascii: "\n")])[...]
            while !rest.isEmpty, !isTooLong {
                isTooLong = splitter.take(rest.prefix(chunkLength)) { _ in lines += 1 } != nil
                rest = rest.dropFirst(chunkLength)
            }
            #expect(isTooLong == (length > 10))
            #expect(lines == (length > 10 ? 0 : 1))
        }
    }

    /// Bytes of a watch are changed, dropped and doubled; the follower lists anew and ends with what is true.
    @Test(arguments: UInt64(1)...60) func damagedStreamsEndWithWhatIsTrue(seed: UInt64) async throws {
        try await FakeAPIServer.run { server in
            try server.putPod("a")
            try await server.withClient(clock: TestClock(seed: seed).clock) { client in
                var events = client.follow(PodResource.self).makeAsyncIterator()
                #expect(await events.next()?.text == "listed a")
                var random = SplitMix64(seed: seed)
                let lines = (0..<8).map { _ in Self.damaged(&random) }
                server.inject(.lines(lines)) { $0.isWatch }
                server.endWatches()
                // Only what comes after the last list counts: damage may look like an object.
                server.remove("pods", "a", namespace: "default")
                server.compact()
                server.endWatches()
                var names: Set<String> = ["a"]
                while names != ["b"], let event = await events.next() {
                    switch event {
                    case .listed(let pods):
                        names = Set(pods.map(\.name))
                        if names.isEmpty { try server.putPod("b") }
                    case .changed(let pod): names.insert(pod.name)
                    case .removed(let pod): names.remove(pod.name)
                    case .interrupted: break
                    }
                }
                #expect(names == ["b"], "seed \(seed)")
            }
        }
    }

    private static func damaged(_ random: inout SplitMix64) -> String {
        let version = 1000 + random.below(5)
        var bytes = Array(
            #"{"type":"MODIFIED","object":{"kind":"Pod","metadata":{"name":"a","namespace":"default","resourceVersion":"\#(version)"}}}"#
                .utf8)
        for _ in 0..<random.below(4) {
            let place = random.below(bytes.count)
            switch random.below(3) {
            case 0: bytes[place] = UInt8(0x20 + random.below(0x5f))
            case 1: bytes.remove(at: place)
            default: bytes.insert(bytes[place], at: place)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
