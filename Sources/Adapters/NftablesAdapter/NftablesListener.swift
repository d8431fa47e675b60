import CNftables
import Dispatch
import Glibc
import PodNetwork
import Synchronization

/// Reads what the kernel tells of changes of nftables, and passes on that one was of our table.
///
/// It costs nothing while nothing happens. What comes faster than it is read is lost, which the kernel says once; that may have been
/// a change of ours.
final class NftablesListener: Sendable {
    private let source: Mutex<any DispatchSourceRead>

    /// No datagram is longer (`NLMSG_GOODSIZE` of Linux, with room to spare).
    private static let datagramBytesMax = 1 << 16
    /// The most datagrams that are read before others have their turn.
    private static let datagramsMax = 512

    /// - Parameter descriptor: Of a socket that does not block; taken over.
    init(_ descriptor: Int32, changed: @escaping @Sendable () -> Void) {
        source = Mutex(
            DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: DispatchQueue(label: "berth.firewall-changes")))
        source.withLock { source in
            source.setEventHandler {
                if Self.readsOurs(from: descriptor) { changed() }
            }
            // The descriptor must outlive the source, so it is closed when the source has let go of it.
            source.setCancelHandler { close(descriptor) }
            source.activate()
        }
    }

    func stop() {
        source.withLock { $0.cancel() }
    }

    private static func readsOurs(from descriptor: Int32) -> Bool {
        var isOurs = false
        for _ in 0..<datagramsMax {
            var error: Int32 = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: datagramBytesMax) { buffer, count in
                let received = recv(descriptor, buffer.baseAddress, buffer.count, 0)
                error = received < 0 ? errno : 0
                count = max(0, received)
            }
            switch error {
            case 0: isOurs = isOurs || NetfilterMessages(bytes).contains(where: isOfOurTable)
            case EINTR: continue
            case ENOBUFS: isOurs = true
            default: return isOurs
            }
        }
        return isOurs
    }

    /// Every message but that of the generation names its table first, a table itself as all that is in it.
    private static func isOfOurTable(_ message: NetfilterMessages.Message) -> Bool {
        guard message.family == Nftables.Family.inet.rawValue, let table = message.attributes.text(Int(NFTA_TABLE_NAME.rawValue))
        else { return false }
        return "inet \(table)" == FirewallPlan.table
    }
}
