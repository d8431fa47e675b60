import AWSClient
import IMDSAdapter

extension CredentialChain {
    private static let folder = "meta-data/iam/security-credentials/"

    /// The role of the instance, from its metadata; the last resort, so its failure tells what else could be set.
    func instanceCredentials() async throws(CredentialsFailure) -> AWSCredentials {
        guard let role = try await metadataText(Self.folder)?.split(separator: "\n").first.map(String.init) else {
            throw CredentialsFailure(
                problem: "No credentials: no variables, no profile, no container endpoint, and the instance has no role",
                remedy: "Give the instance a profile with AmazonEKS_CNI_Policy, or the service account a role")
        }
        guard let document = try await metadataText(Self.folder + role) else {
            throw CredentialsFailure(
                problem: "The instance metadata name the role \(role) and have no credentials for it",
                remedy: "Wait a minute when the instance has just got its profile; else attach the profile again")
        }
        return try AWSCredentials(json: Array(document.utf8), source: "instance role \(role)")
    }

    private func metadataText(_ path: String) async throws(CredentialsFailure) -> String? {
        do {
            return try await metadata.text(path)
        } catch {
            throw CredentialsFailure(problem: "No credentials from the instance's role. \(error.problem)", remedy: error.remedy)
        }
    }
}
