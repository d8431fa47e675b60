import Addressing
import CNetlink
import PodNetwork

/// A table of the kernel that can be listed whole.
struct KernelTable {
    /// libnl's name for the kind of object.
    let cacheName: String
    let request: Int32

    static let links = KernelTable(cacheName: "route/link", request: Int32(RTM_GETLINK))
    static let addresses = KernelTable(cacheName: "route/addr", request: Int32(RTM_GETADDR))
    static let routes = KernelTable(cacheName: "route/route", request: Int32(RTM_GETROUTE))
    static let rules = KernelTable(cacheName: "route/rule", request: Int32(RTM_GETRULE))
    static let neighbours = KernelTable(cacheName: "route/neigh", request: Int32(RTM_GETNEIGH))

    /// How often a list is asked for again when the table changed while it was being read.
    static let attemptsMax = 10

    /// Returns every object of the table that `read` understands, in the kernel's order.
    ///
    /// - Throws: EINTR when the table changed during each of the attempts.
    func dump<Object>(through socket: OpaquePointer, read: (OpaquePointer) -> Object?) throws(KernelErrno) -> [Object] {
        for _ in 0..<Self.attemptsMax {
            let cache = try LibnlHandle(release: { nl_cache_put($0) }, made: { nl_cache_alloc_name(cacheName, $0) })
            try KernelErrno.check(nl_rtgen_request(socket, request, AF_UNSPEC, NLM_F_DUMP))
            let code = nl_cache_pickup(socket, cache.pointer)
            if code == -NLE_DUMP_INTR { continue }
            try KernelErrno.check(code)
            return Self.objects(of: cache, read: read)
        }
        throw .interrupted
    }

    private static func objects<Object>(of cache: borrowing LibnlHandle, read: (OpaquePointer) -> Object?) -> [Object] {
        var objects: [Object] = []
        var next = nl_cache_get_first(cache.pointer)
        while let object = next {
            if let value = read(object) { objects.append(value) }
            next = nl_cache_get_next(object)
        }
        return objects
    }
}
