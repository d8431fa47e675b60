import Addressing
import CNetlink
import PodNetwork

/// Owns one reference to an object of libnl and gives it back at the end of its life.
///
/// libnl counts references; every type of object is opaque to Swift and has a release function of its own.
struct LibnlHandle: ~Copyable {
    typealias Release = (OpaquePointer?) -> Void

    let pointer: OpaquePointer
    private let release: Release

    /// - Throws: ENOMEM when libnl could not allocate the object.
    init(_ pointer: OpaquePointer?, release: @escaping Release) throws(KernelErrno) {
        guard let pointer else { throw .outOfMemory }
        self.pointer = pointer
        self.release = release
    }

    /// Owns what a function of libnl stores through its last parameter.
    init(release: @escaping Release, made make: (UnsafeMutablePointer<OpaquePointer?>) -> Int32) throws(KernelErrno) {
        var pointer: OpaquePointer?
        try KernelErrno.check(make(&pointer))
        try self.init(pointer, release: release)
    }

    /// Owns a request that libnl builds.
    static func message(_ build: (UnsafeMutablePointer<OpaquePointer?>) -> Int32) throws(KernelErrno) -> LibnlHandle {
        try LibnlHandle(release: { nlmsg_free($0) }, made: build)
    }

    /// Owns an abstract address with a prefix length.
    static func address(_ address: IPAddress, prefixLength: Int? = nil) throws(KernelErrno) -> LibnlHandle {
        let handle = try abstractAddress(address.octets, family: address.family.number)
        if let prefixLength { nl_addr_set_prefixlen(handle.pointer, Int32(prefixLength)) }
        return handle
    }

    static func address(_ block: CIDR) throws(KernelErrno) -> LibnlHandle {
        try address(block.network, prefixLength: block.prefixLength)
    }

    static func address(_ mac: MACAddress) throws(KernelErrno) -> LibnlHandle {
        try abstractAddress(mac.octets, family: AF_LLC)
    }

    private static func abstractAddress(_ octets: [UInt8], family: Int32) throws(KernelErrno) -> LibnlHandle {
        let pointer = octets.withUnsafeBytes { nl_addr_build(family, $0.baseAddress, $0.count) }
        return try LibnlHandle(pointer, release: { nl_addr_put($0) })
    }

    deinit {
        release(pointer)
    }
}

extension AddressFamily {
    /// The number of the family in messages, `AF_INET` or `AF_INET6`.
    var number: Int32 {
        switch self {
        case .v4: AF_INET
        case .v6: AF_INET6
        }
    }
}
