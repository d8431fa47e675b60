import CNetlink
import PodNetwork

extension KernelErrno {
    static let outOfMemory = KernelErrno(rawValue: 12)
    static let inputOutput = KernelErrno(rawValue: 5)
    static let interrupted = KernelErrno(rawValue: 4)

    /// The error number behind a negative code of libnl, the reverse of its `nl_syserr2nlerr`.
    ///
    /// libnl folds several numbers into one code, so this serves for queries only; outcomes of changes are read from
    /// the kernel's own acknowledgement.
    init(libnlCode code: Int32) {
        switch abs(code) {
        case NLE_INTR, NLE_DUMP_INTR: self = .interrupted
        case NLE_BAD_SOCK: self = .badDescriptor
        case NLE_AGAIN: self = KernelErrno(rawValue: 11)
        case NLE_NOMEM: self = .outOfMemory
        case NLE_EXIST: self = .exists
        case NLE_INVAL, NLE_MISSING_ATTR: self = .invalidArgument
        case NLE_RANGE: self = .outOfRange
        case NLE_MSGSIZE: self = KernelErrno(rawValue: 90)
        case NLE_OPNOTSUPP: self = .notSupported
        case NLE_AF_NOSUPPORT: self = KernelErrno(rawValue: 97)
        case NLE_OBJ_NOTFOUND: self = .noSuchEntry
        case NLE_NOADDR: self = .addressNotAvailable
        case NLE_BUSY: self = .busy
        case NLE_NOACCESS: self = .permissionDenied
        case NLE_PERM: self = .operationNotPermitted
        case NLE_NODEV: self = .noSuchDevice
        default: self = .inputOutput
        }
    }

    /// - Throws: the error number when `code`, which libnl returned, is negative.
    static func check(_ code: Int32) throws(KernelErrno) {
        if code < 0 { throw KernelErrno(libnlCode: code) }
    }

    /// The outcome of a shim that returns a negative error number when it fails.
    static func result(_ value: Int32) throws(KernelErrno) -> Int32 {
        guard value >= 0 else { throw KernelErrno(rawValue: -value) }
        return value
    }
}
