public import Addressing

/// The allocations that the incumbent's daemon keeps in `ipam.json`, version `vpc-cni-ipam/1` (reference §2.9).
///
/// Read, it says which addresses the pods of a running node hold, so that they can be taken over; written, it lets the
/// incumbent take them back. Each network card has a file of its own. The incumbent gives a pod one address in it, and so a
/// pod with an address of each family cannot be said.
public struct Checkpoint: Hashable, Sendable {
    /// The only version there ever was; the incumbent stops at any other.
    public static let version = "vpc-cni-ipam/1"
    /// The largest file that is read. An entry takes about 300 bytes.
    public static let bytesMax = 16 << 20
    /// Above the 11,760 addresses that 15 ENIs with 49 prefixes each have for pods, more than any instance type has.
    public static let entriesMax = 16_384

    /// Ordered by address, with neither an address nor a key twice. The incumbent's own order is that of a hash table.
    public let allocations: [Entry]

    /// - Throws: ``CheckpointError`` for an address or a key that comes twice, and for more than ``entriesMax`` entries.
    ///   Positions in it are those of the given array.
    public init(allocations: [Entry]) throws(CheckpointError) {
        guard allocations.count <= Self.entriesMax else { throw .tooManyEntries(allocations.count) }
        var positions: (addresses: [IPAddress: Int], keys: [Entry.Key: Int]) = ([:], [:])
        for (position, entry) in allocations.enumerated() {
            if let first = positions.addresses.updateValue(position, forKey: entry.address) {
                throw .repeatedAddress(entry.address, first: first, second: position)
            }
            if let first = positions.keys.updateValue(position, forKey: entry.key) {
                throw .repeatedKey(entry.key, first: first, second: position)
            }
        }
        self.allocations = allocations.sorted { $0.address < $1.address }
    }
}

extension Checkpoint {
    /// One address and the interface of a pod's sandbox that holds it.
    public struct Entry: Hashable, Sendable {
        public let key: Key
        public let address: IPAddress
        /// Unix time in nanoseconds; 0 when it is not known, as in files of releases before 1.12.
        public let allocationTimestamp: Int64
        /// Nil in files of releases before 1.12, which kept no names.
        public let podNamespace: String?
        public let podName: String?
        /// How many addresses the pod has over all network cards, 1 or more; nil in files that do not say, which means 1.
        public let interfacesCount: Int?

        /// An empty name and a count of 0 are taken as nil: the file does not tell them apart.
        ///
        /// - Precondition: `interfacesCount` is not negative.
        public init(
            key: Key, address: IPAddress, allocationTimestamp: Int64 = 0, podNamespace: String? = nil, podName: String? = nil,
            interfacesCount: Int? = nil
        ) {
            precondition(interfacesCount ?? 0 >= 0, "a pod cannot have \(interfacesCount ?? 0) interfaces")
            self.key = key
            self.address = address
            self.allocationTimestamp = allocationTimestamp
            self.podNamespace = podNamespace == "" ? nil : podNamespace
            self.podName = podName == "" ? nil : podName
            self.interfacesCount = interfacesCount == 0 ? nil : interfacesCount
        }
    }
}

extension Checkpoint.Entry {
    /// What an allocation is found by: the parameters of the CNI call that made it.
    ///
    /// Allocations that the incumbent learnt from the container runtime, as it did before it had a file, are of the network
    /// `_migrated-from-cri` and the interface `unknown`.
    public struct Key: Hashable, Sendable, CustomStringConvertible {
        public let networkName: String
        public let containerID: String
        public let ifName: String

        public init(networkName: String, containerID: String, ifName: String) {
            self.networkName = networkName
            self.containerID = containerID
            self.ifName = ifName
        }

        /// The parts with slashes between them.
        public var description: String { "\(networkName)/\(containerID)/\(ifName)" }
    }
}
