/// Where a service of a region listens.
public struct ServiceEndpoint: Hashable, Sendable {
    /// The services that a node calls; the raw value is the name in signatures and host names.
    public enum Service: String, Hashable, Sendable, CaseIterable {
        case ec2, sts
    }

    public var service: Service
    public var region: String
    public var url: HTTPURL

    public init(_ service: Service, region: String, url: HTTPURL) {
        self.service = service
        self.region = region
        self.url = url
    }
}

/// What the environment says of regions and endpoints, in the variables of the AWS SDKs and of the AWS VPC CNI.
public struct EndpointSettings: Hashable, Sendable {
    /// Nil where the environment names none; the instance's metadata tell it then.
    public var region: String?
    /// Addresses that stand in for AWS's own: of a VPC endpoint, or of a simulated service.
    public var overrides: [ServiceEndpoint.Service: HTTPURL]
    /// Endpoints that answer over IPv6 as well; a node without IPv4 needs them.
    public var usesDualStack: Bool
    /// Endpoints whose cryptography is validated (FIPS 140).
    public var usesFIPS: Bool

    public init(
        region: String? = nil, overrides: [ServiceEndpoint.Service: HTTPURL] = [:], usesDualStack: Bool = false, usesFIPS: Bool = false
    ) {
        self.region = region
        self.overrides = overrides
        self.usesDualStack = usesDualStack
        self.usesFIPS = usesFIPS
    }

    /// Reads `AWS_REGION`, then `AWS_DEFAULT_REGION`; `AWS_EC2_ENDPOINT`, then `AWS_ENDPOINT_URL_EC2` or `AWS_ENDPOINT_URL_STS`, then
    /// `AWS_ENDPOINT_URL`; `AWS_USE_DUALSTACK_ENDPOINT` and `AWS_USE_FIPS_ENDPOINT`. An empty value is as good as none.
    ///
    /// - Throws: Every fault that there is.
    public init(environment: [String: String]) throws(EnvironmentFaults) {
        var reader = EnvironmentReader(environment)
        region = reader.region(["AWS_REGION", "AWS_DEFAULT_REGION"])
        var overrides: [ServiceEndpoint.Service: HTTPURL] = [:]
        overrides[.ec2] = reader.url(["AWS_EC2_ENDPOINT", "AWS_ENDPOINT_URL_EC2", "AWS_ENDPOINT_URL"])
        overrides[.sts] = reader.url(["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"])
        self.overrides = overrides
        usesDualStack = reader.flag("AWS_USE_DUALSTACK_ENDPOINT")
        usesFIPS = reader.flag("AWS_USE_FIPS_ENDPOINT")
        guard reader.faults.isEmpty else { throw EnvironmentFaults(faults: reader.faults) }
    }

    /// Returns where a service listens.
    ///
    /// - Parameter region: The environment's, or else the instance's; a valid name.
    public func endpoint(of service: ServiceEndpoint.Service, in region: String) -> ServiceEndpoint {
        if let url = overrides[service] { return ServiceEndpoint(service, region: region, url: url) }
        let partition = Partition.of(region: region)
        // In us-gov every endpoint is validated, and without IPv6 it has the plain name.
        let isPlain = !usesFIPS || (partition.name == "aws-us-gov" && !usesDualStack)
        let name = isPlain ? service.rawValue : "\(service.rawValue)-fips"
        let host = "\(name).\(region).\(usesDualStack ? partition.dualStackDomain : partition.domain)"
        return ServiceEndpoint(service, region: region, url: HTTPURL(scheme: .https, host: host))
    }

    /// Whether the text can be a region: small letters, digits and dashes, as it becomes a part of host names.
    public static func isRegion(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 32 && !text.hasPrefix("-") && !text.hasSuffix("-")
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || byte == UInt8(ascii: "-")
            }
    }
}

/// All that is wrong with an environment.
public struct EnvironmentFaults: Error, Hashable, Sendable, CustomStringConvertible {
    public var faults: [EnvironmentFault]

    public init(faults: [EnvironmentFault]) {
        self.faults = faults
    }

    public var description: String { faults.map(\.description).joined(separator: "; ") }
}

/// Takes values out of an environment and keeps what is wrong with them.
struct EnvironmentReader {
    private let environment: [String: String]
    private(set) var faults: [EnvironmentFault] = []

    init(_ environment: [String: String]) {
        self.environment = environment
    }

    /// The first of these that is set.
    private func first(_ names: [String]) -> (name: String, value: String)? {
        names.lazy.compactMap { name in environment[name].flatMap { $0.isEmpty ? nil : (name, $0) } }.first
    }

    mutating func region(_ names: [String]) -> String? {
        guard let (name, value) = first(names) else { return nil }
        if EndpointSettings.isRegion(value) { return value }
        faults.append(EnvironmentFault(name, "is \"\(value)\", which is no region", "set it to a name such as eu-central-1, or unset it"))
        return nil
    }

    mutating func url(_ names: [String]) -> HTTPURL? {
        guard let (name, value) = first(names) else { return nil }
        if let url = HTTPURL(value), url.query == nil { return url }
        faults.append(
            EnvironmentFault(
                name, "is \"\(value)\", which is no address of HTTP", "set it to one such as https://ec2.eu-central-1.amazonaws.com"))
        return nil
    }

    mutating func flag(_ name: String) -> Bool {
        guard let (_, value) = first([name]) else { return false }
        switch value.lowercased() {
        case "true": return true
        case "false": return false
        default:
            faults.append(EnvironmentFault(name, "is \"\(value)\"", "set it to true or false"))
            return false
        }
    }
}
