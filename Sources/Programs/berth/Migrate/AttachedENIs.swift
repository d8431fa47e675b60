import AWSClient
import Addressing
import CommandLineTool
import EC2Host
import Foundation
import IMDSAdapter
import Migration
import NodePorts

/// What EC2 has attached to the instance that this runs on, asked as `berthd` asks it.
enum AttachedENIs {
    /// - Throws: ``MigrationInputError`` where this is no instance, or EC2 does not answer.
    static func ask() async throws(MigrationInputError) -> [NodeEvidence.AttachedENI] {
        let environment = ProcessInfo.processInfo.environment
        let connections: HTTPConnections
        do {
            connections = HTTPConnections(proxies: try ProxyRule(environment: environment))
        } catch {
            throw failure("\(error)")
        }
        let outcome: Result<[ENIDescription], MigrationInputError>
        do {
            outcome = .success(try await EC2Host(environment: environment, exchange: connections.exchange).ec2.describeENIs().enis)
        } catch {
            outcome = .failure(failure("\(error)"))
        }
        await connections.shutdown()
        return try outcome.get().map(NodeEvidence.AttachedENI.init)
    }

    private static func failure(_ problem: String) -> MigrationInputError {
        MigrationInputError(
            "EC2", problem, remedy: "Run it on the instance with the credentials that berthd will have, or leave out --ask-ec2")
    }
}

extension NodeEvidence.AttachedENI {
    fileprivate init(_ eni: ENIDescription) {
        self.init(
            id: eni.id.rawValue, deviceIndex: eni.attachment?.deviceIndex ?? 0, primaryAddress: eni.primaryAddress,
            addresses: Set(eni.secondaryAddresses), prefixes: eni.prefixes)
    }
}
