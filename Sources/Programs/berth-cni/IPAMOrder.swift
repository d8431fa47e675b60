import CPluginSocket
import CPluginSystem

/// What the daemon wants of an IPAM plugin, and the answer that it has so far. It lies in the reply's memory.
struct IPAMOrder {
    let command: UnsafePointer<CChar>
    let plugin: UnsafePointer<CChar>
    let milliseconds: Int32
    /// The answer, with the exit status for it.
    let answer: UnsafeRawBufferPointer
    let status: Int32
    private let tell: Int

    /// Reads the output of a reply; nil when it is no order.
    init?(_ output: UnsafeRawBufferPointer, status: Int32) {
        let headerBytes = MemoryLayout<berth_ipam_order>.size
        guard output.count > headerBytes else { return nil }
        let header = output.loadUnaligned(as: berth_ipam_order.self)
        let names = UnsafeRawBufferPointer(rebasing: output[headerBytes...])
        guard let commandEnd = Self.end(in: names, from: 0), let pluginEnd = Self.end(in: names, from: commandEnd + 1),
            let start = names.baseAddress
        else { return nil }
        command = UnsafePointer(start.assumingMemoryBound(to: CChar.self))
        plugin = UnsafePointer((start + commandEnd + 1).assumingMemoryBound(to: CChar.self))
        answer = UnsafeRawBufferPointer(rebasing: names[(pluginEnd + 1)...])
        milliseconds = Int32(truncatingIfNeeded: header.milliseconds)
        tell = Int(header.tell)
        self.status = status
    }

    /// Where a text of at least one byte ends.
    private static func end(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var end = start
        while end < bytes.count, bytes[end] != 0 { end += 1 }
        return start < end && end < bytes.count ? end : nil
    }

    /// Whether the daemon is to hear of the outcome before the runtime is answered.
    func isTold(_ outcome: berth_ipam_outcome) -> Bool {
        switch tell {
        case Int(BERTH_TELL_NEVER): false
        case Int(BERTH_TELL_FAILURE): outcome.ending != UInt32(BERTH_IPAM_EXITED) || outcome.number != 0
        default: true
        }
    }
}
