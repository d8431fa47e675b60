import Addressing
import NodePorts
import PodNetwork
import Synchronization

/// Lets whoever waits for an ENI's link know when links change, so that nobody has to look again and again.
final class LinkArrivals: Sendable {
    private let state = Mutex(State())

    private struct State {
        var next = 0
        var waiting: [Int: (mac: MACAddress, signal: AsyncStream<Void>.Continuation)] = [:]
    }

    /// Signals when it is worth looking for the link with the MAC address: at once, whenever it changes, and at the end of the time.
    func signals(of mac: MACAddress, within time: Duration) -> AsyncStream<Void> {
        let (stream, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state in
            state.next += 1
            state.waiting[state.next] = (mac, signal)
            return state.next
        }
        let end = Task {
            try? await Task.sleep(for: time)
            signal.yield()
            signal.finish()
        }
        signal.onTermination = { [weak self] _ in
            end.cancel()
            self?.state.withLock { $0.waiting[number] = nil }
        }
        signal.yield()
        return stream
    }

    func receive(_ notices: [KernelNotice]) {
        // Every pod brings notices, and hardly ever is an ENI awaited.
        guard state.withLock({ !$0.waiting.isEmpty }) else { return }
        let macs = Set(notices.compactMap { notice in if case .linkChanged(let link) = notice { link.mac } else { nil } })
        let isOverrun = notices.contains(.overrun)
        guard isOverrun || !macs.isEmpty else { return }
        let signals = state.withLock { $0.waiting.values.filter { isOverrun || macs.contains($0.mac) }.map(\.signal) }
        for signal in signals { signal.yield() }
    }
}
