import CNetlink
import PodNetwork

/// Requests laid one behind another for a single write, each with a sequence number and a wish for an answer.
struct RequestBatch {
    /// The most bytes of one write; far below a socket's send buffer of 208 KiB.
    static let bytesMax = 32 * 1024
    /// The most requests of one write: their answers wait in the socket's receive buffer, about 1 KiB of it each.
    static let requestsMax = 64

    private var bytes: [UInt8] = []
    /// For each request, in order, the position of the change it belongs to.
    private(set) var positions: [Int] = []
    private(set) var firstSequence: UInt32

    init(firstSequence: UInt32) {
        self.firstSequence = firstSequence
        bytes.reserveCapacity(2048)
    }

    var isEmpty: Bool { positions.isEmpty }

    /// Whether a request of `count` bytes can still go with the others.
    func hasRoom(forBytes count: Int) -> Bool {
        positions.count < Self.requestsMax && bytes.count + count <= Self.bytesMax
    }

    /// Numbers the request and lays it behind the others; its length is a multiple of four.
    mutating func append(_ message: borrowing LibnlHandle, position: Int) {
        guard let header = nlmsg_hdr(message.pointer) else { return }
        header.pointee.nlmsg_flags |= UInt16(NLM_F_REQUEST | NLM_F_ACK)
        header.pointee.nlmsg_seq = firstSequence &+ UInt32(positions.count)
        bytes.append(contentsOf: UnsafeRawBufferPointer(start: header, count: Int(header.pointee.nlmsg_len)))
        bytes.append(contentsOf: repeatElement(0, count: -bytes.count & 3))
        positions.append(position)
    }

    mutating func withBytes<Result>(_ body: (UnsafeMutableRawPointer?, Int) -> Result) -> Result {
        bytes.withUnsafeMutableBytes { body($0.baseAddress, $0.count) }
    }

    /// Empties the batch; the numbers go on behind those that were used.
    mutating func removeAll() {
        firstSequence &+= UInt32(positions.count)
        bytes.removeAll(keepingCapacity: true)
        positions.removeAll(keepingCapacity: true)
    }
}

extension LibnlHandle {
    /// The length of a message in bytes.
    var byteCount: Int {
        nlmsg_hdr(pointer).map { Int($0.pointee.nlmsg_len) } ?? 0
    }
}
