import CNetlink
import CNetlinkShims
import NodePorts
import PodNetwork

/// Changes on their way to one namespace, gathered into as few writes as their order allows.
///
/// Each change sees the namespace as the ones before it leave it. A name is therefore looked up only when nothing that
/// waits to be sent could alter its answer; the index of a veth in the batch is known because it was chosen.
struct ChangeSequence: ~Copyable {
    /// The kernel's own bound, IFALIASZ less the final zero; checked before the link is made to bear it.
    private static let aliasBytesMax = 255

    private var batch: RequestBatch
    private(set) var outcomes: [KernelErrno?]
    /// What made the socket useless; nothing is sent after it.
    private(set) var failure: KernelError?
    private let netns: Int32
    private let sandboxNetns: Int32?
    private let sysctls: SysctlFolder
    private let chooseIndex: () -> Int32
    /// Indices of links that exist, or will when the batch is sent.
    private var indices: [LinkName: Int32] = [:]
    /// Whether the batch holds a request after which a name may mean another link.
    private var namesAreUncertain = false

    init(
        count: Int, firstSequence: UInt32, netns: Int32, sandboxNetns: Int32?, sysctls: SysctlFolder, chooseIndex: @escaping () -> Int32
    ) {
        batch = RequestBatch(firstSequence: firstSequence)
        outcomes = Array(repeating: nil, count: count)
        self.netns = netns
        self.sandboxNetns = sandboxNetns
        self.sysctls = sysctls
        self.chooseIndex = chooseIndex
    }

    /// Takes the change at `position` and sends what must be sent before it can be expressed.
    mutating func append(_ change: KernelChange, position: Int, to socket: inout NetlinkSocket) {
        guard failure == nil else { return }
        do throws(KernelErrno) {
            switch change {
            case .create(.veth(let pair)):
                try create(pair, position: position, socket: &socket)
            case .create(.vlan(let link)):
                try create(link, position: position, socket: &socket)
            case .create(let object):
                try add(request(.create, object, &socket), position, &socket)
            case .replace(let object):
                try add(request(.replace, object, &socket), position, &socket)
            case .delete(let object):
                try add(request(.delete, object, &socket), position, &socket)
                switch object {
                case .veth, .vlan: forgetNames()
                case .address, .route, .rule, .neighbour: break
                }
            case .setLink(let name, let settings):
                try add(LinkRequests.change(index: index(of: name, &socket), settings), position, &socket)
            case .deleteLinks(let group):
                try add(LinkRequests.delete(group: group), position, &socket)
                forgetNames()
            case .setSysctl(let path, let value):
                flush(&socket)
                if failure == nil { try sysctls.write(path, value, netns: netns) }
            }
        } catch {
            outcomes[position] = outcomes[position] ?? error
        }
    }

    /// Sends what is gathered and notes the answers; the first error of a change that took several requests counts.
    mutating func flush(_ socket: inout NetlinkSocket) {
        guard !batch.isEmpty, failure == nil else { return }
        namesAreUncertain = false
        do throws(KernelErrno) {
            for (position, errno) in try socket.exchange(&batch) where errno != 0 && outcomes[position] == nil {
                outcomes[position] = KernelErrno(rawValue: errno)
            }
        } catch {
            failure = KernelError("exchange \(batch.positions.count) requests with the kernel", error)
        }
    }

    private mutating func add(
        _ message: consuming LibnlHandle, _ position: Int, _ socket: inout NetlinkSocket
    ) throws(KernelErrno) {
        if !batch.hasRoom(forBytes: message.byteCount) { flush(&socket) }
        batch.append(message, position: position)
    }

    private mutating func forgetNames() {
        indices.removeAll()
        namesAreUncertain = true
    }

    /// The index by which later changes name the link: known from this sequence, or asked for.
    private mutating func index(of name: LinkName, _ socket: inout NetlinkSocket) throws(KernelErrno) -> Int32 {
        if let index = indices[name] { return index }
        if namesAreUncertain { flush(&socket) }
        let index = try socket.index(of: name.rawValue)
        indices[name] = index
        return index
    }

    private mutating func request(
        _ kind: RequestKind, _ object: KernelObject, _ socket: inout NetlinkSocket
    ) throws(KernelErrno) -> LibnlHandle {
        switch object {
        case .veth(let pair):
            guard kind == .delete else { throw .notSupported }
            return try LinkRequests.delete(pair.name)
        case .vlan(let link):
            guard kind == .delete else { throw .notSupported }
            return try LinkRequests.delete(link.name)
        case .rule(let rule):
            guard kind != .replace else { throw .notSupported }
            return try ObjectRequests.rule(kind, rule)
        case .address(let address):
            return try ObjectRequests.address(kind, address, device: index(of: address.device, &socket))
        case .route(let route):
            return try ObjectRequests.route(kind, route, device: index(of: route.device, &socket))
        case .neighbour(let neighbour):
            return try ObjectRequests.neighbour(kind, neighbour, device: index(of: neighbour.device, &socket))
        }
    }
}

extension ChangeSequence {
    /// Makes the pair under an index that was chosen, so that the changes behind it can go in the same write.
    ///
    /// When the index is taken, the kernel chooses, and later changes ask for it by name. When the *name* is taken, the
    /// request goes out only for its refusal, and the alias is not set: it would go to the link that has the name. A name
    /// that was taken earlier in the batch is asked for, since that request may yet be refused.
    private mutating func create(_ pair: VethPair, position: Int, socket: inout NetlinkSocket) throws(KernelErrno) {
        guard let sandboxNetns else { throw .badDescriptor }
        guard pair.alias.utf8.count <= Self.aliasBytesMax else { throw .outOfRange }
        if indices.removeValue(forKey: pair.name) != nil { flush(&socket) }
        let nameIsTaken = (try? index(of: pair.name, &socket)) != nil
        let index = nameIsTaken ? 0 : freeIndex(&socket)
        try add(LinkRequests.create(pair, index: index, sandboxNetns: sandboxNetns), position, &socket)
        guard !nameIsTaken else { return }
        if index == 0 {
            flush(&socket)
        } else {
            indices[pair.name] = index
        }
        guard !pair.alias.isEmpty, outcomes[position] == nil else { return }
        // The request that makes a link takes no alias.
        let alias = LinkSettings(alias: pair.alias)
        try add(LinkRequests.change(index: self.index(of: pair.name, &socket), alias), position, &socket)
    }

    /// Makes a VLAN link under a chosen index, with the same care as a veth.
    private mutating func create(_ link: VLANLink, position: Int, socket: inout NetlinkSocket) throws(KernelErrno) {
        let parent = try index(of: link.parent, &socket)
        let nameIsTaken = (try? index(of: link.name, &socket)) != nil
        let index = nameIsTaken ? 0 : freeIndex(&socket)
        try add(LinkRequests.create(link, index: index, parent: parent), position, &socket)
        if index != 0 {
            indices[link.name] = index
        } else if !nameIsTaken {
            flush(&socket)
        }
    }

    /// A chosen index that no link has, or 0 to leave the choice to the kernel.
    private func freeIndex(_ socket: inout NetlinkSocket) -> Int32 {
        let index = chooseIndex()
        let isTaken = (try? socket.hasLink(index: index)) ?? true
        return isTaken || indices.values.contains(index) ? 0 : index
    }
}
