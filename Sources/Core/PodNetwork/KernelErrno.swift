/// An error number of Linux, with its name. The numbers are those of x86-64 and arm64 (`asm-generic/errno.h`).
public struct KernelErrno: RawRepresentable, Hashable, Sendable, Error {
    public let rawValue: Int32

    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }

    public static let operationNotPermitted = KernelErrno(rawValue: 1)
    public static let noSuchEntry = KernelErrno(rawValue: 2)
    public static let noSuchObject = KernelErrno(rawValue: 3)
    public static let badDescriptor = KernelErrno(rawValue: 9)
    public static let permissionDenied = KernelErrno(rawValue: 13)
    public static let busy = KernelErrno(rawValue: 16)
    public static let noSuchDeviceOrAddress = KernelErrno(rawValue: 6)
    public static let exists = KernelErrno(rawValue: 17)
    public static let noSuchDevice = KernelErrno(rawValue: 19)
    public static let invalidArgument = KernelErrno(rawValue: 22)
    public static let noSpace = KernelErrno(rawValue: 28)
    public static let outOfRange = KernelErrno(rawValue: 34)
    public static let notSupported = KernelErrno(rawValue: 95)
    public static let addressNotAvailable = KernelErrno(rawValue: 99)
    public static let networkDown = KernelErrno(rawValue: 100)
    public static let networkUnreachable = KernelErrno(rawValue: 101)
    public static let noBufferSpace = KernelErrno(rawValue: 105)
    public static let hostUnreachable = KernelErrno(rawValue: 113)

    private static let names: [Int32: (name: String, meaning: String)] = [
        1: ("EPERM", "operation not permitted"), 2: ("ENOENT", "no such entry"), 3: ("ESRCH", "no such object"),
        4: ("EINTR", "interrupted"), 5: ("EIO", "input or output failed"), 9: ("EBADF", "bad descriptor"),
        11: ("EAGAIN", "not ready"), 12: ("ENOMEM", "out of memory"), 13: ("EACCES", "permission denied"),
        16: ("EBUSY", "busy"), 17: ("EEXIST", "exists already"), 19: ("ENODEV", "no such device"),
        20: ("ENOTDIR", "not a folder"), 21: ("EISDIR", "is a folder"), 22: ("EINVAL", "invalid argument"),
        24: ("EMFILE", "too many open files"), 27: ("EFBIG", "file too large"), 28: ("ENOSPC", "no space left"),
        30: ("EROFS", "file system is read-only"), 34: ("ERANGE", "out of range"), 36: ("ENAMETOOLONG", "name too long"),
        40: ("ELOOP", "too many links"), 90: ("EMSGSIZE", "message too long"), 95: ("EOPNOTSUPP", "not supported"),
        97: ("EAFNOSUPPORT", "address family not supported"), 99: ("EADDRNOTAVAIL", "address not available"),
        100: ("ENETDOWN", "network is down"), 101: ("ENETUNREACH", "network is unreachable"),
        104: ("ECONNRESET", "connection reset"), 105: ("ENOBUFS", "no buffer space"), 107: ("ENOTCONN", "not connected"),
        110: ("ETIMEDOUT", "timed out"), 111: ("ECONNREFUSED", "connection refused"), 113: ("EHOSTUNREACH", "no route to host"),
        122: ("EDQUOT", "quota used up"),
    ]
}

extension KernelErrno: CustomStringConvertible {
    /// What it means and its name, such as `exists already (EEXIST)`.
    public var description: String {
        guard let (name, meaning) = Self.names[rawValue] else { return "error \(rawValue)" }
        return "\(meaning) (\(name))"
    }
}
