import Addressing
package import IPAMEngine
import Timeline

extension JournalEntry {
    package var operation: JournalOperation {
        switch self {
        case .allocated: .allocated
        case .wired: .wired
        case .released: .released
        case .linkGone: .linkGone
        case .eniCreated: .eniCreated
        case .eniAttached: .eniAttached
        case .eniGone: .eniGone
        }
    }

    /// Writes the payload of the entry's operation.
    package func write(to writer: inout ByteWriter) throws(UnwritableValue) {
        switch self {
        case .allocated(let allocation):
            try writer.write(allocation)
        case .wired(let attachment):
            try writer.write(attachment)
        case .released(let attachment, let address, let until):
            try writer.write(attachment)
            writer.write(address.bits)
            writer.write(until.nanoseconds)
        case .linkGone(let address):
            writer.write(address.bits)
        case .eniCreated(let eni), .eniGone(let eni):
            try writer.write(eni)
        case .eniAttached(let eni):
            try writer.write(eni)
        }
    }

    /// Reads the payload of an operation, to its last byte.
    package init(_ operation: JournalOperation, from reader: inout ByteReader) throws(MalformedBytes) {
        switch operation {
        case .allocated: self = .allocated(try reader.allocation())
        case .wired: self = .wired(try reader.attachment())
        case .released: self = .released(try reader.attachment(), try reader.address(), until: try reader.instant())
        case .linkGone: self = .linkGone(try reader.address())
        case .eniCreated: self = .eniCreated(try reader.identifier())
        case .eniAttached: self = .eniAttached(try reader.attachedENI())
        case .eniGone: self = .eniGone(try reader.identifier())
        }
        guard reader.isAtEnd else { throw MalformedBytes() }
    }
}

extension ByteWriter {
    fileprivate mutating func write(_ attachment: PodAttachment) throws(UnwritableValue) {
        try write(attachment.network)
        try write(attachment.containerID)
        try write(attachment.interface)
    }

    fileprivate mutating func write(_ pod: PodName?) throws(UnwritableValue) {
        guard let pod else { return write(UInt8(0)) }
        write(UInt8(1))
        try write(pod.namespace)
        try write(pod.name)
    }

    /// Writes an identifier that reading will accept.
    fileprivate mutating func write<Identifier: CloudIdentifier>(_ identifier: Identifier) throws(UnwritableValue) {
        guard let checked = Identifier(identifier.rawValue) else {
            throw UnwritableValue("\"\(identifier.rawValue.prefix(64))\" is not an identifier that begins with \"\(Identifier.prefix)\"")
        }
        try write(checked.rawValue)
    }

    fileprivate mutating func write(deviceIndex: Int) throws(UnwritableValue) {
        guard let number = UInt16(exactly: deviceIndex) else {
            throw UnwritableValue("device index \(deviceIndex) is not from 0 to \(UInt16.max)")
        }
        write(number)
    }

    fileprivate mutating func write(_ block: IPv4CIDR) {
        write(block.network.bits)
        write(UInt8(block.prefixLength))
    }

    fileprivate mutating func write(_ allocation: Allocation) throws(UnwritableValue) {
        try write(allocation.attachment)
        try write(allocation.pod)
        write(allocation.address.bits)
        try write(allocation.eni)
        try write(deviceIndex: allocation.deviceIndex)
        write(allocation.since.nanoseconds)
        try write(allocation.hostLink)
    }

    fileprivate mutating func write(_ eni: AttachedENI) throws(UnwritableValue) {
        try write(eni.id)
        write(eni.mac.bits)
        try write(deviceIndex: eni.deviceIndex)
        try write(eni.subnet)
        write(eni.subnetBlock)
        write(eni.primaryAddress.bits)
        try write(countOf: eni.secondaryAddresses)
        for address in eni.secondaryAddresses { write(address.bits) }
        try write(countOf: eni.prefixes)
        for block in eni.prefixes { write(block) }
    }
}

extension ByteReader {
    fileprivate mutating func attachment() throws(MalformedBytes) -> PodAttachment {
        PodAttachment(network: try text(), containerID: try text(), interface: try text())
    }

    fileprivate mutating func pod() throws(MalformedBytes) -> PodName? {
        switch try number(UInt8.self) {
        case 0: nil
        case 1: PodName(namespace: try text(), name: try text())
        default: throw MalformedBytes()
        }
    }

    fileprivate mutating func identifier<Identifier: CloudIdentifier>() throws(MalformedBytes) -> Identifier {
        guard let identifier = Identifier(try text()) else { throw MalformedBytes() }
        return identifier
    }

    fileprivate mutating func deviceIndex() throws(MalformedBytes) -> Int {
        Int(try number(UInt16.self))
    }

    fileprivate mutating func address() throws(MalformedBytes) -> IPv4Address {
        IPv4Address(bits: try number())
    }

    fileprivate mutating func block() throws(MalformedBytes) -> IPv4CIDR {
        let network = try address()
        let prefixLength = Int(try number(UInt8.self))
        guard prefixLength <= 32 else { throw MalformedBytes() }
        let block = IPv4CIDR(containing: network, prefixLength: prefixLength)
        guard block.network == network else { throw MalformedBytes() }
        return block
    }

    fileprivate mutating func mac() throws(MalformedBytes) -> MACAddress {
        let bits = try number(UInt64.self)
        guard bits >> 48 == 0 else { throw MalformedBytes() }
        return MACAddress(bits: bits)
    }

    fileprivate mutating func instant() throws(MalformedBytes) -> Instant {
        Instant(nanoseconds: try number())
    }

    fileprivate mutating func allocation() throws(MalformedBytes) -> Allocation {
        Allocation(
            attachment: try attachment(), pod: try pod(), address: try address(), eni: try identifier(),
            deviceIndex: try deviceIndex(), since: try instant(), hostLink: try text())
    }

    fileprivate mutating func attachedENI() throws(MalformedBytes) -> AttachedENI {
        AttachedENI(
            id: try identifier(), mac: try mac(), deviceIndex: try deviceIndex(), subnet: try identifier(), subnetBlock: try block(),
            primaryAddress: try address(), secondaryAddresses: try list { reader throws(MalformedBytes) in try reader.address() },
            prefixes: try list { reader throws(MalformedBytes) in try reader.block() })
    }

    private mutating func list<Element>(
        of element: (inout ByteReader) throws(MalformedBytes) -> Element
    ) throws(MalformedBytes) -> [Element] {
        var elements: [Element] = []
        for _ in 0..<(try count()) { elements.append(try element(&self)) }
        return elements
    }
}
