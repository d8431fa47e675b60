import CProcessMemory
import Glibc
import ServiceLifecycle

/// Gives back what the daemon has resident and does not use.
///
/// Two thirds of what is resident after a start is code and constants that were used once: relocation tables, conformance scans, the reading of
/// settings. Bursts of pods and looks at the whole network leave free blocks in the heap. The kernel would take the code back when
/// memory runs short; on a node packed with pods it is better given back at once: after the start, and after bursts of calls, once a
/// minute at most. What is needed again is mapped again from the page cache, for less than a microsecond a page.
struct IdleMemory: Service {
    let activity: PluginActivity

    /// When everything has started.
    private static let startTime: Duration = .seconds(1)
    /// Without a call for so long, a burst of pods is over.
    private static let quiet: Duration = .seconds(1)
    /// Pods that come one by one find the code where it is: it is given back so seldom.
    private static let pause: Duration = .seconds(60)

    /// Has all threads share two heaps, so that what one of them frees another takes.
    static func limitHeaps() {
        mallopt(M_ARENA_MAX, 2)
    }

    func run() async {
        await cancelWhenGracefulShutdown {
            // A cancelled sleep is the end.
            try? await keepSmall()
        }
    }

    private func keepSmall() async throws {
        try await Task.sleep(for: Self.startTime)
        Self.giveBack()
        var seen = activity.count
        while true {
            await activity.change(from: seen)
            seen = try await endOfBurst()
            Self.giveBack()
            try await Task.sleep(for: Self.pause)
        }
    }

    /// Waits until calls cease for a while, or for as long as a pause.
    ///
    /// - Returns: The calls until then.
    private func endOfBurst() async throws -> Int {
        for _ in 0..<Int(Self.pause / Self.quiet) {
            let seen = activity.count
            try await Task.sleep(for: Self.quiet)
            if activity.count == seen { break }
        }
        return activity.count
    }

    private static func giveBack() {
        malloc_trim(0)
        releaseFiles()
    }

    /// Unmaps the code and the constants of the program and its libraries until each page is used again: what is never written is
    /// the same when it is read again. What the dynamic linker has written to lies in segments that can be written.
    private static func releaseFiles() {
        _ = dl_iterate_phdr(
            { info, _, _ in
                guard let info = info?.pointee else { return 0 }
                for segment in UnsafeBufferPointer(start: info.dlpi_phdr, count: Int(info.dlpi_phnum))
                where segment.p_type == PT_LOAD && segment.p_flags & UInt32(PF_W) == 0 {
                    let begin = UInt(info.dlpi_addr) + UInt(segment.p_vaddr)
                    let page = begin & ~(IdleMemory.pageBytes - 1)
                    // Advice that is refused changes nothing.
                    madvise(UnsafeMutableRawPointer(bitPattern: page), Int(begin + UInt(segment.p_memsz) - page), MADV_DONTNEED)
                }
                return 0
            }, nil)
    }

    fileprivate static let pageBytes = UInt(sysconf(Int32(_SC_PAGESIZE)))
}
