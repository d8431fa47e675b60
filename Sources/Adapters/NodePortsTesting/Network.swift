import Addressing
import NodePorts
import PodNetwork

/// One end of a pair of links: a namespace, by number, and the name of the link in it.
struct LinkEnd: Hashable, Sendable {
    var namespace: Int
    var name: LinkName
}

/// Every namespace and what joins them.
struct Network: Sendable {
    var namespaces: [Int: NamespaceState] = [:]
    /// The namespace of each open descriptor.
    var descriptors: [Int32: Int] = [:]
    /// The namespaces that somebody listens to, and what there is to tell of them.
    var listened: Set<Int> = []
    private(set) var notices: [Int: [KernelNotice]] = [:]
    private var namespacesMade = 0
    private var nextDescriptor: Int32 = 1_000_000

    mutating func createNamespace(named name: String) -> InMemoryKernel.NamespaceID {
        let id = InMemoryKernel.NamespaceID(number: namespacesMade, name: name)
        namespacesMade += 1
        namespaces[id.number] = NamespaceState(id: id)
        return id
    }

    mutating func destroyNamespace(_ id: InMemoryKernel.NamespaceID) {
        let before = listened.isEmpty ? [:] : namespaces
        defer { note(since: before) }
        for name in namespaces[id.number]?.links.keys.sorted() ?? [] {
            removeLink(LinkEnd(namespace: id.number, name: name))
        }
        namespaces[id.number] = nil
    }

    /// Numbers are not used again, so that a descriptor that was closed is never taken for another.
    mutating func openDescriptor(of namespace: InMemoryKernel.NamespaceID) -> Int32 {
        defer { nextDescriptor += 1 }
        descriptors[nextDescriptor] = namespace.number
        return nextDescriptor
    }

    /// - Parameter sandbox: The namespace of the peers of created veths.
    mutating func perform(_ change: KernelChange, in namespace: Int, sandbox: Int?) throws(KernelErrno) {
        let before = listened.isEmpty ? [:] : namespaces
        defer { note(since: before) }
        switch change {
        case .create(.veth(let pair)):
            guard let sandbox, namespaces[sandbox] != nil else { throw .badDescriptor }
            try create(pair, in: namespace, sandbox: sandbox)
        case .replace(.veth): throw .notSupported
        case .delete(.veth(let pair)): try deleteLink(LinkEnd(namespace: namespace, name: pair.name))
        case .delete(.vlan(let link)): try deleteLink(LinkEnd(namespace: namespace, name: link.name))
        case .deleteLinks(let group): try deleteLinks(group: group, in: namespace)
        case .create(let object): try edit(namespace) { state throws(KernelErrno) in try state.create(object) }
        case .replace(let object): try edit(namespace) { state throws(KernelErrno) in try state.replace(object) }
        case .delete(let object): try edit(namespace) { state throws(KernelErrno) in try state.delete(object) }
        case .setLink(let name, let settings):
            try edit(namespace) { state throws(KernelErrno) in try state.setLink(name, settings) }
        case .setSysctl(let path, let value):
            try edit(namespace) { state throws(KernelErrno) in try state.setSysctl(path, value) }
        }
    }

    private mutating func note(since before: [Int: NamespaceState]) {
        for number in listened {
            guard let old = before[number], let state = namespaces[number] else { continue }
            notices[number, default: []] += state.notices(since: old)
        }
    }

    mutating func takeNotices() -> [Int: [KernelNotice]] {
        defer { notices = [:] }
        return notices.filter { !$0.value.isEmpty }
    }

    private mutating func edit(
        _ namespace: Int, _ body: (inout NamespaceState) throws(KernelErrno) -> Void
    ) throws(KernelErrno) {
        guard var state = namespaces[namespace] else { throw .badDescriptor }
        // Taken out of the dictionary while it is changed, so that no table is copied.
        namespaces[namespace] = nil
        defer { namespaces[namespace] = state }
        try body(&state)
    }
}

// Links, which come in pairs and so concern two namespaces.
extension Network {
    private static let vethMTUs = 68...65535
    /// The kinds of links that can be made, and so be deleted.
    private static let kindsMade: Set<String> = ["veth", "vlan"]

    private mutating func create(_ pair: VethPair, in namespace: Int, sandbox: Int) throws(KernelErrno) {
        guard pair.alias.utf8.count <= NamespaceState.aliasBytesMax else { throw .outOfRange }
        guard pair.mac.isUsable else { throw .addressNotAvailable }
        guard Self.vethMTUs.contains(pair.mtuBytes) else { throw .invalidArgument }
        let near = LinkEnd(namespace: namespace, name: pair.name)
        let peer = LinkEnd(namespace: sandbox, name: pair.peerName)
        guard !exists(near) else { throw .exists }
        guard pair.peerMAC.isUsable else { throw .addressNotAvailable }
        guard !exists(peer), near != peer else { throw .exists }
        addLink(peer, to: near, mac: pair.peerMAC, mtuBytes: pair.mtuBytes, kind: "veth")
        addLink(near, to: peer, mac: pair.mac, mtuBytes: pair.mtuBytes, kind: "veth", alias: pair.alias)
        for (end, other) in [(near, peer), (peer, near)] {
            if let index = link(other)?.state.index { namespaces[end.namespace]?.join(end.name, to: index) }
        }
        try edit(namespace) { state throws(KernelErrno) in try state.setLink(pair.name, LinkSettings(isUp: true)) }
    }

    mutating func plug(_ a: InMemoryKernel.Port, _ b: InMemoryKernel.Port, mtuBytes: Int) throws(KernelErrno) {
        let ends = [a, b].map { LinkEnd(namespace: $0.namespace.number, name: $0.name) }
        for end in ends {
            guard namespaces[end.namespace] != nil else { throw .noSuchEntry }
            guard !exists(end), ends[0] != ends[1] else { throw .exists }
        }
        addLink(ends[0], to: ends[1], mac: a.mac, mtuBytes: mtuBytes, kind: "")
        addLink(ends[1], to: ends[0], mac: b.mac, mtuBytes: mtuBytes, kind: "")
    }

    /// Where a frame that leaves by the link arrives: its peer, or the link of the same VLAN on its parent's peer.
    func otherEnd(of link: Link, in namespace: Int) -> LinkEnd? {
        guard let parent = link.parent else { return link.peer }
        guard let end = self.link(LinkEnd(namespace: namespace, name: parent))?.peer, let state = namespaces[end.namespace] else {
            return nil
        }
        let name = state.vlans(on: end.name).first { state.links[$0]?.state.vlanID == link.state.vlanID }
        return name.map { LinkEnd(namespace: end.namespace, name: $0) }
    }

    func link(_ end: LinkEnd) -> Link? {
        namespaces[end.namespace]?.links[end.name]
    }

    private func exists(_ end: LinkEnd) -> Bool { link(end) != nil }

    private mutating func addLink(
        _ end: LinkEnd, to peer: LinkEnd, mac: MACAddress, mtuBytes: Int, kind: String, alias: String = ""
    ) {
        namespaces[end.namespace]?.addLink(end.name, peer: peer, mac: mac, mtuBytes: mtuBytes, kind: kind, alias: alias)
    }

    private mutating func deleteLink(_ end: LinkEnd) throws(KernelErrno) {
        guard let link = link(end) else { throw .noSuchDevice }
        guard Self.kindsMade.contains(link.state.kind) else { throw .notSupported }
        removeLink(end)
    }

    private mutating func deleteLinks(group: UInt32, in namespace: Int) throws(KernelErrno) {
        guard group != 0 else { throw .invalidArgument }
        let members = namespaces[namespace]?.links.values.filter { $0.state.group == group } ?? []
        guard !members.isEmpty else { throw .noSuchDevice }
        guard members.allSatisfy({ Self.kindsMade.contains($0.state.kind) }) else { throw .notSupported }
        for member in members { removeLink(LinkEnd(namespace: namespace, name: member.state.name)) }
    }

    mutating func unplug(_ end: LinkEnd) {
        let before = listened.isEmpty ? [:] : namespaces
        defer { note(since: before) }
        removeLink(end)
    }

    mutating func removeLink(_ end: LinkEnd) {
        guard let link = link(end) else { return }
        namespaces[end.namespace]?.removeLink(end.name)
        if let peer = link.peer { namespaces[peer.namespace]?.removeLink(peer.name) }
    }
}

extension MACAddress {
    /// Whether a link may have it: neither zero nor a group address.
    fileprivate var isUsable: Bool { bits != 0 && bits >> 40 & 1 == 0 }
}
