public import Addressing
import JSON

/// What the VPC resource controller writes into a pod's annotation about the branch ENI it made for the pod (reference §8).
public struct PodENIAnnotation: Hashable, Sendable {
    public let eni: ENIID
    public let mac: MACAddress
    public let vlanID: Int
    /// One address, or one of each family.
    public let addresses: [IPAddress]
    /// Nil where there is no IPv4 address.
    public let ipv4Subnet: IPv4CIDR?

    public static let name = "vpc.amazonaws.com/pod-eni"
    /// Far more than the controller writes; an annotation may be 256 KiB long.
    private static let bytesMax = 16 << 10

    /// Reads the annotation: a JSON array of one object. Case does not count in names, since the writer's `vlanId` and the
    /// incumbent's own `vlanID` are both about.
    ///
    /// - Throws: ``Fault`` with what is wrong.
    public init(parsing text: String) throws(Fault) {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: Array(text.utf8), bytesMax: Self.bytesMax)
        } catch {
            throw Fault("\(error)")
        }
        guard let object = value.array?.first?.object else { throw Fault("it is no array with an object in it") }
        let members = Members(object)
        eni = try members.read("eniId") { ENIID($0) }
        mac = try members.read("ifAddress") { MACAddress($0) }
        guard let id = members["vlanId"]?.integer else { throw Fault("vlanId is missing or no whole number") }
        vlanID = id
        let ipv4 = try members.readIfAny("privateIp") { IPv4Address($0) }
        let ipv6 = try members.readIfAny("ipv6Addr") { IPv6Address($0) }
        addresses = [ipv4.map(IPAddress.v4), ipv6.map(IPAddress.v6)].compactMap { $0 }
        ipv4Subnet = try members.readIfAny("subnetCidr") { IPv4CIDR($0) }
        if addresses.isEmpty { throw Fault("it has neither privateIp nor ipv6Addr") }
        if ipv4 != nil && ipv4Subnet == nil { throw Fault("privateIp is there and subnetCidr is not") }
    }

    /// Why an annotation cannot be read.
    public struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        public let problem: String

        init(_ problem: String) {
            self.problem = problem
        }

        public var description: String { "annotation \(PodENIAnnotation.name): \(problem)" }
    }
}

/// The members of an object, by names in which case does not count.
private struct Members {
    private let object: JSONObject

    init(_ object: JSONObject) {
        self.object = object
    }

    subscript(name: String) -> JSONValue? {
        object.members.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    func read<Value>(_ name: String, _ parse: (String) -> Value?) throws(PodENIAnnotation.Fault) -> Value {
        guard let value = try readIfAny(name, parse) else { throw PodENIAnnotation.Fault("\(name) is missing") }
        return value
    }

    /// Nil for a member that is not there or empty, as the controller writes the one of a family the pod has not.
    func readIfAny<Value>(_ name: String, _ parse: (String) -> Value?) throws(PodENIAnnotation.Fault) -> Value? {
        guard let value = self[name], !value.isNull, value != "" else { return nil }
        guard let text = value.string, let parsed = parse(text) else { throw PodENIAnnotation.Fault("\(name) \(value) cannot be read") }
        return parsed
    }
}
