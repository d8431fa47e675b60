import Addressing
import IPAMEngine
import Timeline

// Reads what `ByteWriter+Values.swift` writes, and refuses whatever no writer would have written.
extension ByteReader {
    mutating func attachment() throws(MalformedBytes) -> PodAttachment {
        PodAttachment(network: try text(), containerID: try text(), interface: try text())
    }

    mutating func podName() throws(MalformedBytes) -> PodName {
        PodName(namespace: try text(), name: try text())
    }

    mutating func identifier<Identifier: CloudIdentifier>() throws(MalformedBytes) -> Identifier {
        guard let identifier = Identifier(try text()) else { throw MalformedBytes() }
        return identifier
    }

    mutating func instant() throws(MalformedBytes) -> Instant {
        Instant(nanoseconds: try number())
    }

    mutating func degradation() throws(MalformedBytes) -> Degradation {
        switch try number(UInt8.self) {
        case 0: .normal
        case 1: .stopReleases
        case 2: .stopCalls
        default: throw MalformedBytes()
        }
    }

    mutating func addresses() throws(MalformedBytes) -> PodAddresses {
        let families = try number(UInt8.self)
        guard (1...3).contains(families) else { throw MalformedBytes() }
        let ipv4 = families & 1 == 0 ? nil : try address()
        let ipv6 = families & 2 == 0 ? nil : IPv6Address(bits: try number())
        return PodAddresses(ipv4: ipv4, ipv6: ipv6)
    }

    mutating func addressList() throws(MalformedBytes) -> [IPv4Address] {
        try list { reader throws(MalformedBytes) in try reader.address() }
    }

    mutating func blocks() throws(MalformedBytes) -> [IPv4CIDR] {
        try list { reader throws(MalformedBytes) in try reader.block() }
    }

    mutating func allocation() throws(MalformedBytes) -> Allocation {
        let attachment = try attachment()
        let pod = try flag() ? try podName() : nil
        let (addresses, eni, seat): (PodAddresses, ENIID, DeviceSeat) = (try addresses(), try identifier(), try seat())
        let (since, hostLink, hold) = (try instant(), try text(), try number(Int64.self))
        guard hold >= -1 else { throw MalformedBytes() }
        return Allocation(
            attachment: attachment, pod: pod, addresses: addresses, eni: eni, card: seat.card, deviceIndex: seat.deviceIndex, since: since,
            hostLink: hostLink, hold: hold < 0 ? nil : .nanoseconds(hold))
    }

    mutating func attachedENI() throws(MalformedBytes) -> AttachedENI {
        let (id, mac, seat): (ENIID, MACAddress, DeviceSeat) = (try identifier(), try mac(), try seat())
        return AttachedENI(
            id: id, mac: mac, card: seat.card, deviceIndex: seat.deviceIndex, subnet: try identifier(), subnetBlock: try block(),
            primaryAddress: try address(), secondaryAddresses: try addressList(), prefixes: try blocks(),
            ipv6Prefixes: try list { reader throws(MalformedBytes) in try reader.ipv6Block() }, pool: try pool())
    }

    mutating func newENI() throws(MalformedBytes) -> NewENI {
        let subnet: SubnetID = try identifier()
        let groups: [SecurityGroupID] = try list { reader throws(MalformedBytes) in try reader.identifier() }
        let token = try text()
        let content: NewENI.Content = try flag() ? .prefixes(try small()) : .addresses(try small())
        return NewENI(
            subnet: subnet, securityGroups: groups, clientToken: token, content: content, hasIPv6: try flag(), pool: try pool(),
            seat: try seat())
    }

    // MARK: - Parts

    private mutating func flag() throws(MalformedBytes) -> Bool {
        switch try number(UInt8.self) {
        case 0: false
        case 1: true
        default: throw MalformedBytes()
        }
    }

    private mutating func small() throws(MalformedBytes) -> Int { Int(try number(UInt16.self)) }

    private mutating func seat() throws(MalformedBytes) -> DeviceSeat {
        DeviceSeat(card: try small(), deviceIndex: try small())
    }

    private mutating func pool() throws(MalformedBytes) -> PoolName? {
        let text = try text()
        guard !text.isEmpty else { return nil }
        guard let pool = PoolName(text) else { throw MalformedBytes() }
        return pool
    }

    private mutating func address() throws(MalformedBytes) -> IPv4Address {
        IPv4Address(bits: try number())
    }

    private mutating func block() throws(MalformedBytes) -> IPv4CIDR {
        let network = try address()
        let prefixLength = Int(try number(UInt8.self))
        guard prefixLength <= 32 else { throw MalformedBytes() }
        let block = IPv4CIDR(containing: network, prefixLength: prefixLength)
        guard block.network == network else { throw MalformedBytes() }
        return block
    }

    private mutating func ipv6Block() throws(MalformedBytes) -> IPv6CIDR {
        let network = IPv6Address(bits: try number())
        let prefixLength = Int(try number(UInt8.self))
        guard prefixLength <= 128 else { throw MalformedBytes() }
        let block = IPv6CIDR(containing: network, prefixLength: prefixLength)
        guard block.network == network else { throw MalformedBytes() }
        return block
    }

    private mutating func mac() throws(MalformedBytes) -> MACAddress {
        let bits = try number(UInt64.self)
        guard bits >> 48 == 0 else { throw MalformedBytes() }
        return MACAddress(bits: bits)
    }

    private mutating func list<Element>(
        of element: (inout ByteReader) throws(MalformedBytes) -> Element
    ) throws(MalformedBytes) -> [Element] {
        var elements: [Element] = []
        for _ in 0..<(try count()) { elements.append(try element(&self)) }
        return elements
    }
}
