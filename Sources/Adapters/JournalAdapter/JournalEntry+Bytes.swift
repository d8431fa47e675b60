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
        case .promised: .promised
        case .eniRequested: .eniRequested
        case .eniRefused: .eniRefused
        case .eniCreated: .eniCreated
        case .eniAttached: .eniAttached
        case .unassigning: .unassigning
        case .unassigned: .unassigned
        case .eniDetaching: .eniDetaching
        case .eniDetached: .eniDetached
        case .eniGone: .eniGone
        case .eniLost: .eniLost
        case .degradationOrdered: .degradationOrdered
        }
    }

    /// Writes the payload of the entry's operation.
    package func write(to writer: inout ByteWriter) throws(UnwritableValue) {
        switch self {
        case .allocated(let allocation): try writer.write(allocation)
        case .wired(let attachment): try writer.write(attachment)
        case .released(let attachment, let addresses, let until):
            try writer.write(attachment)
            writer.write(addresses)
            writer.write(until.nanoseconds)
        case .linkGone(let addresses): writer.write(addresses)
        case .promised(let pod, let addresses, let until):
            try writer.write(pod)
            writer.write(addresses)
            writer.write(until.nanoseconds)
        case .eniRequested(let eni): try writer.write(eni)
        case .eniRefused(let token): try writer.write(token)
        case .eniCreated(let eni, let token):
            try writer.write(eni)
            try writer.write(token)
        case .eniAttached(let eni), .eniDetaching(let eni): try writer.write(eni)
        case .unassigning(let eni, let addresses, let prefixes):
            try writer.write(eni)
            try writer.write(addresses, prefixes)
        case .unassigned(let eni, let addresses, let prefixes, let moment):
            try writer.write(eni)
            try writer.write(addresses, prefixes)
            writer.write(moment.nanoseconds)
        case .eniDetached(let eni), .eniLost(let eni): try writer.write(eni)
        case .eniGone(let eni, let moment):
            try writer.write(eni)
            writer.write(moment.nanoseconds)
        case .degradationOrdered(let order, let moment):
            writer.write(order)
            writer.write(moment.nanoseconds)
        }
    }

    /// Reads the payload of an operation, to its last byte.
    package init(_ operation: JournalOperation, from reader: inout ByteReader) throws(MalformedBytes) {
        switch operation {
        case .allocated: self = .allocated(try reader.allocation())
        case .wired: self = .wired(try reader.attachment())
        case .released: self = .released(try reader.attachment(), try reader.addresses(), until: try reader.instant())
        case .linkGone: self = .linkGone(try reader.addresses())
        case .promised: self = .promised(try reader.podName(), try reader.addresses(), until: try reader.instant())
        case .eniRequested: self = .eniRequested(try reader.newENI())
        case .eniRefused: self = .eniRefused(clientToken: try reader.text())
        case .eniCreated: self = .eniCreated(try reader.identifier(), clientToken: try reader.text())
        case .eniAttached: self = .eniAttached(try reader.attachedENI())
        case .unassigning: self = .unassigning(try reader.identifier(), try reader.addressList(), try reader.blocks())
        case .unassigned:
            self = .unassigned(try reader.identifier(), try reader.addressList(), try reader.blocks(), at: try reader.instant())
        case .eniDetaching: self = .eniDetaching(try reader.attachedENI())
        case .eniDetached: self = .eniDetached(try reader.identifier())
        case .eniGone: self = .eniGone(try reader.identifier(), at: try reader.instant())
        case .eniLost: self = .eniLost(try reader.identifier())
        case .degradationOrdered: self = .degradationOrdered(try reader.degradation(), at: try reader.instant())
        }
        guard reader.isAtEnd else { throw MalformedBytes() }
    }
}
