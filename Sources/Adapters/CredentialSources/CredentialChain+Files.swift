import AWSClient

extension CredentialChain {
    /// What a profile of the shared files says.
    enum Profile {
        case keys(AWSCredentials)
        case webIdentity(WebIdentityRole)
    }

    /// Reads the profile that `AWS_PROFILE` names, or `default`, from both shared files; the credentials file wins over the other.
    ///
    /// - Returns: Nil when no profile was named and the files have no usable `default`.
    func profile() throws(CredentialsFailure) -> Profile? {
        let named = variable("AWS_PROFILE") ?? variable("AWS_DEFAULT_PROFILE")
        let name = named ?? "default"
        let sections = name == "default" ? ["profile default", "default"] : ["profile \(name)"]
        var settings = ProfileFile(text(of: "AWS_CONFIG_FILE", default: "config")).settings(of: sections)
        settings.merge(ProfileFile(text(of: "AWS_SHARED_CREDENTIALS_FILE", default: "credentials")).settings(of: [name])) { $1 }
        if let id = settings["aws_access_key_id"], let secret = settings["aws_secret_access_key"] {
            return .keys(
                AWSCredentials(
                    accessKeyID: id, secretAccessKey: secret, sessionToken: settings["aws_session_token"], source: "profile \(name)"))
        }
        if let role = settings["role_arn"], let file = settings["web_identity_token_file"] {
            return .webIdentity(WebIdentityRole(arn: role, tokenFile: file, sessionName: settings["role_session_name"] ?? "berth"))
        }
        guard named != nil else { return nil }
        throw CredentialsFailure(
            problem: settings.isEmpty
                ? "Neither shared file has a profile \(name)" : "Profile \(name) has neither keys nor a role with a web identity token",
            remedy: "Give it aws_access_key_id and aws_secret_access_key, or role_arn and web_identity_token_file, or unset AWS_PROFILE")
    }

    private func text(of variableName: String, default file: String) -> String {
        guard let path = variable(variableName) ?? variable("HOME").map({ "\($0)/.aws/\(file)" }) else { return "" }
        return files.read(path).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}

/// A shared file: sections in brackets, and names and values below them.
struct ProfileFile {
    private var sections: [String: [String: String]] = [:]

    /// Indented lines belong to a setting with parts of its own, such as `s3`, and are none of ours.
    init(_ text: String) {
        var section: String?
        for line in text.split(whereSeparator: \.isNewline) {
            guard let first = line.first, first != "#", first != ";", !first.isWhitespace else { continue }
            if first == "[" {
                let name = line.dropFirst().prefix { $0 != "]" }
                section = name.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            } else if let section, let equals = line.firstIndex(of: "=") {
                let name = Self.trimmed(line[..<equals]).lowercased()
                sections[section, default: [:]][name] = Self.value(line[line.index(after: equals)...])
            }
        }
    }

    /// The settings of the first of these sections that is there, of those that are not empty.
    func settings(of names: [String]) -> [String: String] {
        names.lazy.compactMap { sections[$0] }.first?.filter { !$0.value.isEmpty } ?? [:]
    }

    /// Without white space around it and without a comment, which begins with white space and a hash or semicolon.
    private static func value(_ text: Substring) -> String {
        var end = text.endIndex
        for index in text.indices where text[index] == "#" || text[index] == ";" {
            guard index > text.startIndex, text[text.index(before: index)].isWhitespace else { continue }
            end = index
            break
        }
        return trimmed(text[..<end])
    }

    private static func trimmed(_ text: Substring) -> String {
        let head = text.drop(while: \.isWhitespace)
        return head.lastIndex { !$0.isWhitespace }.map { String(head[...$0]) } ?? ""
    }
}
