import JSON

/// The environment of `aws-node`, by which it is told what to do (reference §1).
public struct IncumbentEnvironment: Hashable, Sendable {
    /// By name. A variable without a text, such as one of the downward API, is not here.
    public var variables: [String: String]
    /// Such as `v1.23.1`; nil where it is not told.
    public var release: String?
    /// Whether its second container enforces network policies; nil where that is not told.
    public var enforcesNetworkPolicies: Bool?

    /// The largest file that is read, in bytes. A DaemonSet has some 20 KiB.
    public static let bytesMax = 4 << 20
    /// More variables than any DaemonSet has.
    public static let variablesMax = 1_000

    public init(variables: [String: String] = [:], release: String? = nil, enforcesNetworkPolicies: Bool? = nil) {
        self.variables = variables
        self.release = release
        self.enforcesNetworkPolicies = enforcesNetworkPolicies
    }

    /// What a variable says; nil where it is not set or empty, which the incumbent takes for the same thing.
    public subscript(name: String) -> String? {
        variables[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Whether a variable is one of Go's words for true; junk is the default, as the incumbent has it.
    public func isTrue(_ name: String, default usual: Bool = false) -> Bool {
        switch self[name] {
        case "1", "t", "T", "TRUE", "true", "True": true
        case "0", "f", "F", "FALSE", "false", "False": false
        default: usual
        }
    }
}

extension IncumbentEnvironment {
    /// Reads lines of `NAME=value`, as `env` and `kubectl set env --list` print them. Empty lines and those that begin with `#` are
    /// passed over.
    ///
    /// - Throws: ``MigrationInputError`` for a line of another form, a name that comes twice, and too many.
    public init(lines text: String, file: String) throws(MigrationInputError) {
        var variables: [String: String] = [:]
        // By scalars: a carriage return and a line feed are one character.
        for (index, line) in text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = Substring(line.last == "\r" ? line.dropLast() : line)
            guard !line.allSatisfy({ $0 == " " || $0 == "\t" }), line.first != "#" else { continue }
            let place = "\(file):\(index + 1)"
            guard let equals = line.firstIndex(of: "="), isVariableName(line[..<equals]) else {
                throw MigrationInputError(
                    place, "the line is not NAME=value", remedy: "Give what kubectl -n kube-system set env ds/aws-node --list prints")
            }
            let name = String(line[..<equals])
            guard variables.updateValue(String(line[line.index(after: equals)...]), forKey: name) == nil else {
                throw MigrationInputError(place, "\(name) comes a second time", remedy: "Leave the one that aws-node has")
            }
            guard variables.count <= Self.variablesMax else {
                throw MigrationInputError(
                    place, "there are more than \(Self.variablesMax) variables", remedy: "Give the environment of aws-node alone")
            }
        }
        self.init(variables: variables, release: variables["VPC_CNI_VERSION"].flatMap { $0.isEmpty ? nil : $0 })
    }

    /// Reads what `kubectl -n kube-system get daemonset aws-node -o json` prints.
    ///
    /// Those of the init container count where the main one does not say otherwise: some settings are its alone.
    ///
    /// - Throws: ``MigrationInputError`` for what is no DaemonSet with a container `aws-node`.
    public init(daemonSet bytes: [UInt8], file: String) throws(MigrationInputError) {
        let remedy = "Give what kubectl -n kube-system get daemonset aws-node -o json prints"
        let document: JSONValue
        do throws(JSONError) {
            document = try JSONValue(parsing: bytes, bytesMax: Self.bytesMax)
        } catch {
            throw MigrationInputError(file, "it is not JSON: \(error)", remedy: remedy)
        }
        guard document["kind"]?.string == "DaemonSet", let pod = document["spec"]?["template"]?["spec"] else {
            throw MigrationInputError(file, "it is no DaemonSet", remedy: remedy)
        }
        let containers = pod["containers"]?.array ?? []
        guard let main = containers.first(where: { $0["name"]?.string == "aws-node" }) else {
            throw MigrationInputError(file, "the DaemonSet has no container aws-node", remedy: remedy)
        }
        let initial = (pod["initContainers"]?.array ?? []).first { $0["name"]?.string == "aws-vpc-cni-init" }
        var variables = initial.map(Self.variables) ?? [:]
        variables.merge(Self.variables(of: main)) { _, main in main }
        guard variables.count <= Self.variablesMax else {
            throw MigrationInputError(file, "the container aws-node has \(variables.count) variables", remedy: remedy)
        }
        let agent = containers.first { $0["name"]?.string == "aws-eks-nodeagent" }
        let arguments = (agent?["args"]?.array ?? []).compactMap(\.string)
        self.init(
            variables: variables, release: main["image"]?.string.flatMap(Self.release(ofImage:)),
            enforcesNetworkPolicies: arguments.contains { ["--enable-network-policy=true", "--enable-network-policy"].contains($0) })
    }

    private static func variables(of container: JSONValue) -> [String: String] {
        let entries = (container["env"]?.array ?? []).compactMap { entry -> (String, String)? in
            guard let name = entry["name"]?.string, isVariableName(name[...]), entry["valueFrom"] == nil else { return nil }
            return (name, entry["value"]?.string ?? "")
        }
        return Dictionary(entries) { _, last in last }
    }

    /// The tag of an image, without what a build adds to it: `v1.23.1` of `…/amazon-k8s-cni:v1.23.1-eksbuild.1`.
    private static func release(ofImage image: String) -> String? {
        guard let colon = image.lastIndex(of: ":"), !image[colon...].contains("/") else { return nil }
        let tag = image[image.index(after: colon)...].prefix { $0 != "-" && $0 != "@" }
        return tag.isEmpty ? nil : String(tag)
    }
}

private func isVariableName(_ text: Substring) -> Bool {
    guard let first = text.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first), text.utf8.count <= 200 else {
        return false
    }
    return text.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "_")
    }
}
