import JSON

/// The ENIConfigs of a cluster and the node's keys that choose among them, as `kubectl` prints them (reference §6.1).
public struct CustomNetworking: Hashable, Sendable {
    /// Ordered by name.
    public let eniConfigs: [ENIConfig]
    public let labels: [String: String]
    public let annotations: [String: String]

    public struct ENIConfig: Hashable, Sendable {
        public let name: String
        public let subnet: String
        /// Empty for those of the node's primary ENI.
        public let securityGroups: [String]

        public init(name: String, subnet: String, securityGroups: [String] = []) {
            self.name = name
            self.subnet = subnet
            self.securityGroups = securityGroups
        }
    }

    /// A cluster has one for each zone, or a few more.
    public static let eniConfigsMax = 1_000

    public init(eniConfigs: [ENIConfig] = [], labels: [String: String] = [:], annotations: [String: String] = [:]) {
        self.eniConfigs = eniConfigs.sorted { $0.name < $1.name }
        self.labels = labels
        self.annotations = annotations
    }

    /// - Parameters:
    ///   - eniConfigs: What `kubectl get eniconfigs -o json` prints; nil for none.
    ///   - node: What `kubectl get node NAME -o json` prints; nil where no key chooses.
    /// - Throws: ``MigrationInputError`` for what they are not.
    public init(eniConfigs: (bytes: [UInt8], file: String)?, node: (bytes: [UInt8], file: String)?) throws(MigrationInputError) {
        let configs = try eniConfigs.map(Self.eniConfigs) ?? []
        let metadata = try node.map(Self.metadata)
        self.init(
            eniConfigs: configs, labels: Self.texts(metadata?["labels"]), annotations: Self.texts(metadata?["annotations"]))
    }

    private static func eniConfigs(_ input: (bytes: [UInt8], file: String)) throws(MigrationInputError) -> [ENIConfig] {
        let document = try document(input)
        let items = document["kind"]?.string == "ENIConfig" ? [document] : document["items"]?.array
        guard let items, items.count <= eniConfigsMax else {
            throw MigrationInputError(
                input.file, "it is no list of at most \(eniConfigsMax) ENIConfigs",
                remedy: "Give what kubectl get eniconfigs -o json prints")
        }
        var configs: [ENIConfig] = []
        for item in items {
            guard let name = item["metadata"]?["name"]?.string, let subnet = item["spec"]?["subnet"]?.string, !subnet.isEmpty else {
                throw MigrationInputError(
                    input.file, "an ENIConfig has no name or no subnet", remedy: "Correct it in the cluster, and print the list again")
            }
            let groups = (item["spec"]?["securityGroups"]?.array ?? []).compactMap(\.string)
            configs.append(ENIConfig(name: name, subnet: subnet, securityGroups: groups))
        }
        return configs
    }

    private static func metadata(_ input: (bytes: [UInt8], file: String)) throws(MigrationInputError) -> JSONValue {
        let document = try document(input)
        guard document["kind"]?.string == "Node", let metadata = document["metadata"] else {
            throw MigrationInputError(input.file, "it is no Node", remedy: "Give what kubectl get node NAME -o json prints")
        }
        return metadata
    }

    private static func document(_ input: (bytes: [UInt8], file: String)) throws(MigrationInputError) -> JSONValue {
        do throws(JSONError) {
            return try JSONValue(parsing: input.bytes, bytesMax: IncumbentEnvironment.bytesMax)
        } catch {
            throw MigrationInputError(input.file, "it is not JSON: \(error)", remedy: "Give what kubectl prints with -o json")
        }
    }

    private static func texts(_ value: JSONValue?) -> [String: String] {
        Dictionary((value?.object?.members ?? []).compactMap { member in member.value.string.map { (member.name, $0) } }) { $1 }
    }
}
