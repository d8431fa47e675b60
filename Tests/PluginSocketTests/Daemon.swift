import Dispatch
import PluginSocket
import Synchronization

/// A daemon with one behaviour, in a folder of its own; remembers whom it refused.
final class Daemon: Sendable {
    private let folder: TemporaryFolder
    let socket: String
    let server: PluginServer<Int>
    let refusals = Log<PluginRefusal>()

    init(
        limits: PluginServerLimits = PluginServerLimits(), folder: TemporaryFolder? = nil,
        _ handle: @escaping @Sendable (PluginRequest) -> Void
    ) throws {
        let folder = try folder ?? TemporaryFolder()
        self.folder = folder
        socket = folder.path + "/cni.sock"
        server = try PluginServer(
            PluginListener(path: socket), limits: limits, makeContext: { 0 }, refused: { [refusals] in refusals.append($0) },
            handle: { _, request in handle(request) })
    }

    /// Ends the daemon; tells whether it finished everything.
    @discardableResult
    func stop() -> Bool {
        server.drain(within: .seconds(20)).isEmpty
    }
}

/// What several threads report, in the order in which they did.
final class Log<Element: Sendable>: Sendable {
    private let elements = Mutex<[Element]>([])
    private let arrivals = DispatchSemaphore(value: 0)

    func append(_ element: Element) {
        elements.withLock { $0.append(element) }
        arrivals.signal()
    }

    var all: [Element] { elements.withLock { $0 } }

    /// Waits until `count` more elements were reported; false when they were not within 20 s.
    func await(_ count: Int = 1) -> Bool {
        (0..<count).allSatisfy { _ in arrivals.wait(timeout: .now() + 20) == .success }
    }
}
