import Addressing
import IPAMEngine
import Timeline

// How the engine's values are laid out; what is written here is read in `ByteReader+Values.swift`.
extension ByteWriter {
    mutating func write(_ attachment: PodAttachment) throws(UnwritableValue) {
        try write(attachment.network)
        try write(attachment.containerID)
        try write(attachment.interface)
    }

    mutating func write(_ pod: PodName) throws(UnwritableValue) {
        try write(pod.namespace)
        try write(pod.name)
    }

    /// Writes an identifier that reading will accept.
    mutating func write<Identifier: CloudIdentifier>(_ identifier: Identifier) throws(UnwritableValue) {
        guard let checked = Identifier(identifier.rawValue) else {
            throw UnwritableValue("\"\(identifier.rawValue.prefix(64))\" is not an identifier that begins with \"\(Identifier.prefix)\"")
        }
        try write(checked.rawValue)
    }

    mutating func write(_ order: Degradation) {
        let number: UInt8 =
            switch order {
            case .normal: 0
            case .stopReleases: 1
            case .stopCalls: 2
            }
        write(number)
    }

    mutating func write(_ addresses: PodAddresses) {
        write(UInt8((addresses.ipv4 == nil ? 0 : 1) | (addresses.ipv6 == nil ? 0 : 2)))
        if let ipv4 = addresses.ipv4 { write(ipv4.bits) }
        if let ipv6 = addresses.ipv6 { write(ipv6.bits) }
    }

    mutating func write(_ addresses: [IPv4Address], _ prefixes: [IPv4CIDR]) throws(UnwritableValue) {
        try write(countOf: addresses)
        for address in addresses { write(address.bits) }
        try write(countOf: prefixes)
        for block in prefixes { write(block) }
    }

    mutating func write(_ allocation: Allocation) throws(UnwritableValue) {
        try write(allocation.attachment)
        write(UInt8(allocation.pod == nil ? 0 : 1))
        if let pod = allocation.pod { try write(pod) }
        write(allocation.addresses)
        try write(allocation.eni)
        try write(DeviceSeat(card: allocation.card, deviceIndex: allocation.deviceIndex))
        write(allocation.since.nanoseconds)
        try write(allocation.hostLink)
        write(allocation.hold?.wholeNanoseconds ?? -1)
    }

    mutating func write(_ eni: AttachedENI) throws(UnwritableValue) {
        try write(eni.id)
        write(eni.mac.bits)
        try write(eni.seat)
        try write(eni.subnet)
        write(eni.subnetBlock)
        write(eni.primaryAddress.bits)
        try write(eni.secondaryAddresses, eni.prefixes)
        try write(countOf: eni.ipv6Prefixes)
        for block in eni.ipv6Prefixes {
            write(block.network.bits)
            write(UInt8(block.prefixLength))
        }
        try write(eni.pool?.rawValue ?? "")
    }

    mutating func write(_ eni: NewENI) throws(UnwritableValue) {
        try write(eni.subnet)
        try write(countOf: eni.securityGroups)
        for group in eni.securityGroups { try write(group) }
        try write(eni.clientToken)
        switch eni.content {
        case .addresses(let count):
            write(UInt8(0))
            try write(small: count, "a count of addresses")
        case .prefixes(let count):
            write(UInt8(1))
            try write(small: count, "a count of prefixes")
        }
        write(UInt8(eni.hasIPv6 ? 1 : 0))
        try write(eni.pool?.rawValue ?? "")
        try write(eni.seat)
    }

    private mutating func write(_ seat: DeviceSeat) throws(UnwritableValue) {
        try write(small: seat.card, "a network card")
        try write(small: seat.deviceIndex, "a device index")
    }

    private mutating func write(small number: Int, _ what: String) throws(UnwritableValue) {
        guard let small = UInt16(exactly: number) else {
            throw UnwritableValue("\(what) of \(number) is not from 0 to \(UInt16.max)")
        }
        write(small)
    }

    private mutating func write(_ block: IPv4CIDR) {
        write(block.network.bits)
        write(UInt8(block.prefixLength))
    }
}
