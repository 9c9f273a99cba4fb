/// How each SRPM of a request ended, in the words and forms that upstream's scheduler has for it and CI looks for.
package struct BuildState: Sendable {
  package enum State: String, Sendable {
    case built = "Built"
    case prebuilt = "PreBuilt"
    case failed = "Failed"
  }
  package struct Row: Hashable, Sendable {
    /// File name of the SRPM.
    package var srpm: String
    package var state: State
    /// SRPMs that it waited for in vain, and whether these failed themselves.
    package var blockers: [(srpm: String, hasFailed: Bool)]
    package var isTest: Bool
    /// Of a failure.
    package var error: String?
    package var log: String?

    package var isBlocked: Bool { state == .failed && !blockers.isEmpty }

    package static func == (a: Row, b: Row) -> Bool {
      a.srpm == b.srpm && a.state == b.state && a.isTest == b.isTest
        && a.blockers.map(\.srpm) == b.blockers.map(\.srpm)
    }
    package func hash(into hasher: inout Hasher) { hasher.combine(srpm) }
  }

  package var rows: [Row]
  /// Packages that the toolchain has made before, and the SRPMs that made them again.
  private var toolchain: (rpms: [String], srpms: [String])

  /// - Parameter srpms: file name of each spec's SRPM.
  package init(_ report: BuildReport, srpms: [String: String]) {
    let results = Dictionary(report.builds.map { ($0.spec, $0.result) }) { first, _ in first }
    func srpm(_ spec: String) -> String { srpms[spec] ?? spec }
    let rows = report.builds.flatMap { build -> [Row] in
      // a %check that has not passed never fails the package
      let isThere = build.result == .failed && [.failed, .noMarker].contains(build.check)
      let state: State =
        switch build.result {
        case .built: .built
        case .restored, .upToDate: .prebuilt
        case .failed, .blocked, .interrupted: isThere ? .built : .failed
        }
      let blockers = (build.blockedBy ?? []).map { (srpm: srpm($0), hasFailed: results[$0] == .failed) }
      let package = Row(
        srpm: srpm(build.spec), state: state, blockers: blockers, isTest: false,
        error: state == .failed ? build.failure?.message : nil, log: build.failure?.file)
      guard build.check != .notRun else { return [package] }
      let test = Row(
        srpm: srpm(build.spec), state: build.check == .passed ? .built : .failed, blockers: [], isTest: true,
        error: nil, log: build.failure?.file ?? build.log)
      return [package, test]
    }
    let conflicts = report.conflicts ?? []
    toolchain = (conflicts.flatMap(\.rpms).sorted(), conflicts.map { srpm($0.spec) }.sorted())
    // packages before tests; built, prebuilt, failed, blocked; by name
    let order = { (row: Row) -> Int in
      let state = row.state == .built ? 0 : row.state == .prebuilt ? 1 : row.isBlocked ? 3 : 2
      return (row.isTest ? 4 : 0) + state
    }
    self.rows = rows.sorted { (order($0), $0.srpm) < (order($1), $1.srpm) }
  }

  /// `build_state.csv`.
  package var csv: String {
    let lines = rows.map { row in
      let blockers = row.blockers.map { "\($0.srpm)-\($0.hasFailed ? "FAIL" : "UNBUILT") " }.joined()
      return "\(row.srpm),\(row.state.rawValue),\(blockers),\(row.isTest ? 1 : 0)"
    }
    return (["Package,State,Blocker,IsTest"] + lines).joined(separator: "\n") + "\n"
  }

  /// What the scheduler says at its end, each with its level.
  package var summary: [(level: String, text: String)] {
    numbers + lists + numbers
  }

  private func names(_ state: State, isTest: Bool = false, isBlocked: Bool = false) -> [Row] {
    rows.filter { $0.state == state && $0.isTest == isTest && $0.isBlocked == isBlocked }
  }

  private var numbers: [(level: String, text: String)] {
    func line(_ label: String, _ count: Int, isError: Bool = false) -> (level: String, text: String) {
      let padding = String(repeating: " ", count: max(0, 39 - label.count))
      return (isError && count > 0 ? "error" : "info", "\(label)\(padding)\(count)")
    }
    return ["---------------------------", "--------- Summary ---------", "---------------------------"]
      .map { ("info", $0) } + [
        line("Number of prebuilt SRPMs:", names(.prebuilt).count),
        line("Number of prebuilt delta SRPMs:", 0),
        line("Number of skipped SRPMs tests:", 0),
        line("Number of built SRPMs:", names(.built).count),
        line("Number of passed SRPMs tests:", names(.built, isTest: true).count),
        line("Number of unresolved dependencies:", 0, isError: true),
        line("Number of blocked SRPMs:", names(.failed, isBlocked: true).count, isError: true),
        line("Number of blocked SRPMs tests:", 0, isError: true),
        line("Number of failed SRPMs:", names(.failed).count, isError: true),
        line("Number of failed SRPMs tests:", names(.failed, isTest: true).count, isError: true),
        line("Number of toolchain RPM conflicts:", toolchain.rpms.count, isError: true),
        line("Number of toolchain SRPM conflicts:", toolchain.srpms.count, isError: true),
      ]
  }

  private var lists: [(level: String, text: String)] {
    func list(_ title: String, _ rows: [Row], _ line: (Row) -> String) -> [(level: String, text: String)] {
      rows.isEmpty ? [] : [("info", title)] + rows.map { ("info", "--> \(line($0))") }
    }
    func conflicts(_ kind: String, _ names: [String]) -> [(level: String, text: String)] {
      names.isEmpty
        ? [] : (["\(kind) conflicts with toolchain:"] + names.map { "--> \($0)" }).map { ("error", $0) }
    }
    let details = { (row: Row) in " , for details see: \(row.log ?? "")" }
    return list("Prebuilt SRPMs:", names(.prebuilt), \.srpm)
      + list("Built SRPMs:", names(.built)) { $0.srpm + " " }
      + list("Passed SRPMs tests:", names(.built, isTest: true), \.srpm)
      + list("Blocked SRPMs:", names(.failed, isBlocked: true), \.srpm)
      + list("Failed SRPMs:", names(.failed)) {
        "\($0.srpm) , error: \($0.error ?? ""), for details see: \($0.log ?? "")"
      }
      + list("Failed SRPMs tests:", names(.failed, isTest: true)) { $0.srpm + details($0) }
      + conflicts("RPM", toolchain.rpms) + conflicts("SRPM", toolchain.srpms)
  }

  private static func rows(ofCSV text: String) -> [[String]] {
    text.split(separator: "\n").dropFirst()
      .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
      .filter { $0.count >= 3 }
  }

  /// What a `build_state.csv` says held up others, most first; what failed itself before what only waited.
  package static func blockers(inCSV text: String) -> [MakeReport.Blocker] {
    var blocked: [String: Set<String>] = [:]
    var failed: Set<String> = []
    for cells in rows(ofCSV: text) {
      for token in cells[2].split(separator: " ") {
        guard let dash = token.lastIndex(of: "-") else { continue }
        let srpm = String(token[..<dash])
        if token[dash...] == "-FAIL" { failed.insert(srpm) }
        blocked[srpm, default: []].insert(cells[0])
      }
    }
    return blocked.map { srpm, held in
      MakeReport.Blocker(srpm: srpm, hasFailed: failed.contains(srpm), blocks: held.sorted())
    }.sorted { a, b in
      (b.blocks.count, a.hasFailed ? 0 : 1, a.srpm) < (a.blocks.count, b.hasFailed ? 0 : 1, b.srpm)
    }
  }
}
