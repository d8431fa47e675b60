import IPAMEngine
import Synchronization

/// Serialises what is done for one sandbox while different ones go on side by side: an ADD may make several attachments of one.
///
/// CNI has a runtime wait for one operation on a container before the next; a runtime that lost patience does not. A
/// fixed number of locks shared by hash keeps the memory bounded.
final class AttachmentLocks: Sendable {
    private let stripes: [Stripe]

    private final class Stripe: Sendable {
        let mutex = Mutex(())
    }

    init(count: Int = 64) {
        stripes = (0..<count).map { _ in Stripe() }
    }

    func withLock<Value, Failure>(
        _ attachment: PodAttachment, _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let index = Int(UInt(bitPattern: attachment.containerID.hashValue) % UInt(stripes.count))
        return try stripes[index].mutex.withLock { _ throws(Failure) in try body() }
    }
}
