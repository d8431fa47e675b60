import CNetlinkShims
import PodNetwork

/// The files below `/proc/sys/net` as one namespace sees them.
enum Sysctl {
    /// Longer values are cut off; the files used here hold a number.
    private static let valueBytesMax = 4096

    /// Returns the value without its final new line, or nil when there is no such file.
    static func read(_ path: String, netns: Int32) throws(KernelErrno) -> String? {
        let file = try file(path)
        var buffer = [CChar](repeating: 0, count: valueBytesMax)
        let count = berth_netns_read_file(netns, file, &buffer, buffer.count)
        if count == -KernelErrno.noSuchEntry.rawValue { return nil }
        var bytes = buffer.prefix(Int(try KernelErrno.result(count))).map { UInt8(bitPattern: $0) }
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func write(_ path: String, _ value: String, netns: Int32) throws(KernelErrno) {
        let file = try file(path)
        _ = try KernelErrno.result(berth_netns_write_file(netns, file, value, value.utf8.count))
    }

    /// - Throws: EINVAL for a path that could lead out of `/proc/sys/net`.
    private static func file(_ path: String) throws(KernelErrno) -> String {
        let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.allSatisfy({ !$0.isEmpty && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8) }) else {
            throw .invalidArgument
        }
        return "/proc/sys/net/\(path)"
    }
}
