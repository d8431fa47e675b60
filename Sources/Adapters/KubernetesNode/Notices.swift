import Addressing
import IPAMEngine

/// What happens to pods, on its way from the threads that serve them to those that tell the cluster. A full line loses the oldest.
struct Notices: Sendable {
    enum Notice: Sendable {
        case waits(PodName)
        case refused(PodName, Refusal)
        case wired(PodName, [IPAddress])
    }

    let stream: AsyncStream<Notice>
    private let input: AsyncStream<Notice>.Continuation
    private static let waitingMax = 512

    init() {
        (stream, input) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(Self.waitingMax))
    }

    func send(_ notice: Notice) { input.yield(notice) }
}
