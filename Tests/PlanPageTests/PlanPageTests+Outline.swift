extension PlanPageTests {
    /// Headings, figures and tables of a page with everything in it.
    static let outline = """
        h1 ✕The cluster does not fit
        h2 Findings
        h2 Subnets
          figure peaks
          h3 Addresses at rest and at the peak
            table Addresses of each subnet at rest and at its peak
          h3 Situation by situation
          figure subnet-1
          h3 subnet-0a
            table subnet-0a in each situation
          figure subnet-2
          h3 subnet-0b
            table subnet-0b in each situation
        h2 Map of /28 blocks
          figure map-1
          h3 subnet-0a
            table Blocks of subnet-0a that follow one another and are alike
          figure map-2
          h3 subnet-0b
            table Blocks of subnet-0b that follow one another and are alike
        h2 Events
          figure event-times
          h3 Until all has its addresses
            table What each event takes
        h2 Simulation
            table Most addresses of each subnet, by formula and as simulated
            table What the simulation says of each situation: medians, with the range over seeds
            table Calls to EC2, those that it throttled, and pods that were refused: medians over seeds
          h3 At rest, over time
          figure use-1
          h3 subnet-0a: addresses
            table subnet-0a: addresses over time
          figure use-2
          h3 subnet-0b: addresses
            table subnet-0b: addresses over time
          figure fragmentation-1
          h3 subnet-0a: fragmentation
            table subnet-0a: fragmentation over time
          figure fragmentation-2
          h3 subnet-0b: fragmentation
            table subnet-0b: fragmentation over time
          h3 Event by event
          figure event-1
          h3 rolling-update web
            table rolling-update web over time
          figure event-2
          h3 node-upgrade general
            table node-upgrade general over time
          figure event-3
          h3 zone-loss zone-0
            table zone-loss zone-0 over time
          figure event-4
          h3 ec2-outage 600s
            table ec2-outage 600s over time
        h2 Forecast
            table When subnets come to their end, if they go on as before
          figure forecast-1
          h3 subnet-0a
            table What subnet-0a had left, in addresses
          figure forecast-2
          h3 subnet-0b
            table What subnet-0b had left, in addresses
        h2 Zones and nodes
          figure zones
          h3 Zones
            table Addresses of each zone at rest
          h3 Node types
            table What nodes of each type take
        h2 Advice
            table Changes by what they bring
          h3 Add a secondary CIDR with a /20 for pods in each zone, and custom networking
          h3 Give pods IPv6 addresses
          h3 Set WARM_IP_TARGET to 1
          h3 Set WARM_IP_TARGET to 2 and MINIMUM_IP_TARGET to 16
          h3 Set WARM_IP_TARGET to 5 and MINIMUM_IP_TARGET to 19
          h3 Set the mode to prefix
        h2 Assumptions
            table Node groups
            table Workloads
        h2 Make this page again
        """
}
