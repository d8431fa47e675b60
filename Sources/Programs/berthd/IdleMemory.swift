import CMalloc
import Glibc
import ServiceLifecycle

/// Gives back what the daemon has resident and does not use.
///
/// Two thirds of what is resident after a start is code that ran once: relocation tables, conformance scans, the reading of
/// settings. Bursts of pods and looks at the whole network leave free blocks in the heap. The kernel would take the code back when
/// memory runs short; on a node packed with pods it is better given back at once. What is needed again is mapped again from the page
/// cache, for less than a microsecond a page.
struct IdleMemory: Service {
    /// When everything has started.
    private static let firstPause: Duration = .seconds(1)
    private static let pause: Duration = .seconds(60)

    /// Has all threads share two heaps, so that what one of them frees another takes.
    static func limitHeaps() {
        mallopt(M_ARENA_MAX, 2)
    }

    func run() async throws {
        var pause = Self.firstPause
        while true {
            do {
                try await cancelWhenGracefulShutdown { [pause] in try await Task.sleep(for: pause) }
            } catch is CancellationError {
                return
            }
            Self.giveBack()
            pause = Self.pause
        }
    }

    private static func giveBack() {
        malloc_trim(0)
        releaseCode()
    }

    /// Unmaps the code of the program and its libraries until each page is used again.
    private static func releaseCode() {
        guard let maps = fopen("/proc/self/maps", "re") else { return }
        defer { fclose(maps) }
        var ranges: [(start: UInt, end: UInt)] = []
        var line = [CChar](repeating: 0, count: 4096)
        while fgets(&line, Int32(line.count), maps) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            if let range = codeRange(text) { ranges.append(range) }
        }
        for range in ranges {
            // Advice that is refused changes nothing.
            madvise(UnsafeMutableRawPointer(bitPattern: range.start), Int(range.end - range.start), MADV_DONTNEED)
        }
    }

    /// The addresses of a line such as `7f5c4a800000-7f5c4add3000 r-xp 00000000 fe:00 2268 /usr/lib/libc.so.6`, if it is the code of a
    /// file: only what was never written is the same when it is read again.
    private static func codeRange(_ line: String) -> (start: UInt, end: UInt)? {
        let words = line.split(whereSeparator: \.isWhitespace)
        guard words.count == 6, words[1] == "r-xp", words[5].hasPrefix("/") else { return nil }
        let ends = words[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
        return ends.count == 2 ? (ends[0], ends[1]) : nil
    }
}
