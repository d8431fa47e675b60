/// The `CNI_*` variables of a call, and the rules for them (CNI spec 1.1.0, section 2, "Parameters").
///
/// An empty variable counts as missing, as in the reference library.
struct CNIEnvironment {
    /// `IFNAMSIZ` of Linux less the final zero.
    static let ifnameBytesMax = 15

    private let variables: [String: String]

    init(_ variables: [String: String]) {
        self.variables = variables
    }

    subscript(name: String) -> String? {
        guard let value = variables[name], !value.isEmpty else { return nil }
        return value
    }

    func command() throws(CNIError) -> CNICommand {
        guard let text = self["CNI_COMMAND"] else { throw .missingVariables(["CNI_COMMAND"], command: nil) }
        guard let command = CNICommand(rawValue: text) else { throw .unknownCommand(text) }
        return command
    }

    /// What names the container of ADD, DEL and CHECK; every variable that is missing is told in one error.
    ///
    /// - Returns: `netns` is nil for a DEL without one alone.
    func sandbox(of command: CNICommand) throws(CNIError) -> (containerID: String, netns: String?, ifname: String) {
        let netns = self["CNI_NETNS"]
        guard let containerID = self["CNI_CONTAINERID"], let ifname = self["CNI_IFNAME"], netns != nil || command == .delete else {
            let required = ["CNI_CONTAINERID"] + (command == .delete ? [] : ["CNI_NETNS"]) + ["CNI_IFNAME"]
            throw .missingVariables(required.filter { self[$0] == nil }, command: command)
        }
        guard Self.isName(containerID) else { throw .malformedContainerID(containerID) }
        guard Self.isIfname(ifname) else { throw .malformedIfname(ifname) }
        return (containerID, netns, ifname)
    }

    /// The folders in which plugins are searched; empty when the runtime gave none.
    var path: [String] {
        self["CNI_PATH"]?.utf8.split(separator: UInt8(ascii: ":")).map { String(Substring($0)) } ?? []
    }

    var isNetnsOverridden: Bool {
        let value = self["CNI_NETNS_OVERRIDE"]
        return value == "1" || value?.lowercased() == "true"
    }

    /// The form of container IDs and of network names: a letter or digit, then those, `_`, `.` or `-`.
    static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, isAlphanumeric(first) else { return false }
        return text.utf8.allSatisfy {
            isAlphanumeric($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-")
        }
    }

    /// The form of an interface name; control characters are refused beside what the specification names.
    static func isIfname(_ text: String) -> Bool {
        guard (1...ifnameBytesMax).contains(text.utf8.count), text != ".", text != ".." else { return false }
        return text.unicodeScalars.allSatisfy {
            $0.value > 0x20 && $0.value != 0x7f && $0 != "/" && $0 != ":" && !$0.properties.isWhitespace
        }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }
}
