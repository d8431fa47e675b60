import AWSClient
package import Addressing

extension EC2Call where Answer == SurveyedInterfacesAnswer {
    /// - Parameter pageSize: 5 to 1000.
    package static func surveyNetworkInterfaces(filters: [EC2Filter], pageSize: Int) -> EC2Call {
        EC2Call(.describeNetworkInterfaces, isRepeatable: true) {
            $0.add(filters)
            $0.add("MaxResults", pageSize)
        }
    }
}

extension EC2Call where Answer == SurveyedInstancesAnswer {
    /// - Parameter pageSize: 5 to 1000.
    package static func surveyInstances(filters: [EC2Filter], pageSize: Int) -> EC2Call {
        EC2Call(.describeInstances, isRepeatable: true) {
            $0.add(filters)
            $0.add("MaxResults", pageSize)
        }
    }
}

extension EC2Call where Answer == VPCsAnswer {
    package static func describeVPCs(_ ids: [String]) -> EC2Call {
        EC2Call(.describeVPCs, isRepeatable: true) { $0.add("VpcId", each: ids) }
    }
}

extension EC2Call where Answer == SubnetReservationsAnswer {
    /// - Parameter pageSize: 5 to 1000.
    package static func getSubnetCIDRReservations(of subnet: SubnetID, pageSize: Int) -> EC2Call {
        EC2Call(.getSubnetCIDRReservations, isRepeatable: true) {
            $0.add("SubnetId", subnet)
            $0.add("MaxResults", pageSize)
        }
    }
}
