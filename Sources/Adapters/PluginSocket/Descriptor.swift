import CPluginSocket
import Glibc

/// The one owner of an open descriptor; closes it.
struct Descriptor: ~Copyable, Sendable {
    let number: Int32

    /// Takes over a descriptor as a system call returned it.
    ///
    /// - Throws: ``PluginSocketError`` with `errno` when the call returned -1.
    init(_ number: Int32, _ action: @autoclosure () -> String) throws(PluginSocketError) {
        guard number >= 0 else { throw PluginSocketError(.system, action(), errno) }
        self.number = number
    }

    deinit { close(number) }

    /// Gives the descriptor away without closing it.
    consuming func release() -> Int32 {
        let number = number
        discard self
        return number
    }
}

/// A counter on which threads wait.
struct EventCounter: ~Copyable, Sendable {
    let descriptor: Descriptor

    init() throws(PluginSocketError) {
        let flags = EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE
        descriptor = try Descriptor(eventfd(0, Int32(flags)), "make an event counter")
    }

    /// Adds one.
    func signal() {
        eventfd_write(descriptor.number, 1)
    }

    /// Takes one away; false when there was none.
    @discardableResult
    func take() -> Bool {
        var value: UInt64 = 0
        return eventfd_read(descriptor.number, &value) == 0
    }

    /// Waits until the counter is above zero, at most this long.
    func wait(_ duration: Duration) {
        var waiting = pollfd(fd: descriptor.number, events: Int16(POLLIN), revents: 0)
        poll(&waiting, 1, duration.pollMilliseconds)
    }
}

extension Duration {
    /// Whole milliseconds, rounded up so that a wait never ends before its time, within what the system calls take.
    var pollMilliseconds: Int32 {
        let milliseconds = self / .milliseconds(1)
        return Int32(max(0, min(milliseconds.rounded(.up), Double(Int32.max / 2))))
    }
}
