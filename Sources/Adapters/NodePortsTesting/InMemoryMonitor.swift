import Dispatch
import NodePorts
import Synchronization

/// Tells what happens in one namespace of the kernel in memory.
final class InMemoryMonitor: KernelMonitor {
    let namespace: Int
    private let queue = DispatchQueue(label: "monitor")
    private let receive: Mutex<(@Sendable ([KernelNotice]) -> Void)?>

    init(namespace: Int, receive: @escaping @Sendable ([KernelNotice]) -> Void) {
        self.namespace = namespace
        self.receive = Mutex(receive)
    }

    /// Tells later, since whoever made the change may hold a lock; in the order of the calls.
    func tell(_ notices: [KernelNotice]) {
        queue.async {
            let receive = self.receive.withLock { $0 }
            receive?(notices)
        }
    }

    func stop() {
        receive.withLock { $0 = nil }
    }
}
