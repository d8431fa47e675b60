import CNetlinkShims
import PodNetwork

/// The folder whose files are the sysctls of the network namespace that a thread is in.
///
/// A container has `/proc/sys` for reading alone. The node's `/proc/sys/net`, mounted elsewhere in it, is the same folder and can be
/// written: which namespace's files it shows, and whether they may be written, goes by the thread that opens one.
struct SysctlFolder: Sendable {
    let path: String

    /// Longer values are cut off; the files used here hold a number.
    private static let valueBytesMax = 4096

    /// Returns the value without its final new line, or nil when there is no such file.
    func read(_ path: String, netns: Int32) throws(KernelErrno) -> String? {
        let file = try file(path)
        var buffer = [CChar](repeating: 0, count: Self.valueBytesMax)
        let count = berth_netns_read_file(netns, file, &buffer, buffer.count)
        if count == -KernelErrno.noSuchEntry.rawValue { return nil }
        var bytes = buffer.prefix(Int(try KernelErrno.result(count))).map { UInt8(bitPattern: $0) }
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    func write(_ path: String, _ value: String, netns: Int32) throws(KernelErrno) {
        let file = try file(path)
        _ = try KernelErrno.result(berth_netns_write_file(netns, file, value, value.utf8.count))
    }

    /// - Throws: EINVAL for a path that could lead out of the folder.
    private func file(_ path: String) throws(KernelErrno) -> String {
        let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.allSatisfy({ !$0.isEmpty && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8) }) else {
            throw .invalidArgument
        }
        return "\(self.path)/\(path)"
    }
}
