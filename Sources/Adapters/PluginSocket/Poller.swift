import CPluginSocket
import Glibc

/// What one worker waits for.
///
/// Each worker has a poller of its own, and connections and jobs are watched exclusively: one that arrives wakes one
/// worker and not all of them (epoll_ctl(2), EPOLLEXCLUSIVE).
struct Poller: ~Copyable {
    private let descriptor: Descriptor

    struct Ready: OptionSet {
        let rawValue: UInt32
        static let connection = Ready(rawValue: 1)
        static let job = Ready(rawValue: 2)
        static let stop = Ready(rawValue: 4)
    }

    init() throws(PluginSocketError) {
        descriptor = try Descriptor(epoll_create1(Int32(EPOLL_CLOEXEC)), "make a poller")
    }

    /// Watches a descriptor until it is closed or given to ``forget(_:)``.
    func watch(_ watched: borrowing Descriptor, as ready: Ready, exclusively: Bool) throws(PluginSocketError) {
        var event = epoll_event()
        event.events = EPOLLIN.rawValue | (exclusively ? EPOLLEXCLUSIVE.rawValue : 0)
        event.data.u32 = ready.rawValue
        guard epoll_ctl(descriptor.number, EPOLL_CTL_ADD, watched.number, &event) == 0 else {
            throw PluginSocketError(.system, "watch a descriptor", errno)
        }
    }

    func forget(_ watched: borrowing Descriptor) {
        var event = epoll_event()
        epoll_ctl(descriptor.number, EPOLL_CTL_DEL, watched.number, &event)
    }

    /// Waits without limit; empty when a signal came in between.
    func wait() -> Ready {
        withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: 3) { events in
            let count = epoll_wait(descriptor.number, events.baseAddress, Int32(events.count), -1)
            return events.prefix(Int(max(count, 0))).reduce(into: []) { $0.formUnion(Ready(rawValue: $1.data.u32)) }
        }
    }
}
