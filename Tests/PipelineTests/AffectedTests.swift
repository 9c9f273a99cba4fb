import AzureLinux
import Pipeline
import Solver
import TestSupport
import Testing

/// rpm's own rules, by libsolv.
struct Rules: DependencyMatching {
  let rules = VersionRules()
  func overlap(offer: VersionRange, need: VersionRange) -> Bool {
    rules.overlap((offer.op, offer.evr), (need.op, need.evr))
  }
  func parts(ofRich text: String) -> RichDependency? { rules.parts(ofRich: text) }
}

func dependency(_ text: String, line: Int? = nil) -> Dependency {
  let words = text.split(separator: " ").map(String.init)
  if text.hasPrefix("(") || words.count == 1 {
    return Dependency(text: text, name: text.hasPrefix("(") ? "" : text, line: line)
  }
  return Dependency(text: text, name: words[0], op: words[1], evr: words[2], line: line)
}

/// A spec whose packages, named `name` or `name: what they require`, have version 1-1.
func spec(
  _ id: String, builds: [String] = [], _ packages: [String: [String]] = [:],
  provides: [String: [String]] = [:]
) -> SpecInfo {
  var info = SpecInfo(id: id, path: "SPECS/\(id)/\(id).spec", status: .ok)
  let evr = EVR(version: "1", release: "1")
  info.buildRequires = builds.map { dependency($0, line: 7) }
  info.packages = packages.sorted { $0.key < $1.key }.map { name, requires in
    BinaryPackage(
      nevra: NEVRA(name: name, evr: evr, arch: "x86_64"),
      provides: (provides[name] ?? []).map { dependency($0) },
      requires: requires.map { dependency($0, line: 9) })
  }
  return info
}

func madeIndex(_ specs: [SpecInfo], facts: PublishedFacts = PublishedFacts()) -> DependencyIndex {
  let index = DependencyIndex(matching: Rules(), facts: facts)
  for spec in specs { index.update(spec) }
  return index
}

@Suite("affected")
struct AffectedTests {
  // app builds with lib-devel; tool builds with wrapper, which requires lib; last builds with tool
  private static let tree = [
    spec("lib", ["lib": [], "lib-devel": ["lib = 1-1"]], provides: ["lib": ["liblib.so.1"]]),
    spec("app", builds: ["lib-devel"], ["app": ["liblib.so.1"]]),
    spec("wrapper", ["wrapper": ["lib"]]), spec("other", ["other": []]),
    spec("tool", builds: ["wrapper"], ["tool-data": []]),
    spec("last", builds: ["tool-data", "app"], ["last": []]), spec("far", builds: ["last"], ["far": []]),
  ]

  private func reached(_ index: DependencyIndex, _ specs: String..., levels: Int = .max)
    -> [AffectedReport.Spec]
  {
    index.describe(index.reach(from: specs, levels: levels))
  }

  @Test func levelsAndWays() {
    let index = madeIndex(Self.tree)
    let reached = reached(index, "lib")
    #expect(reached.map(\.spec) == ["app", "last", "tool", "far"])
    #expect(reached.map(\.level) == [.direct, .direct, .direct, .transitive])
    #expect(reached[0].reason == "builds with lib-devel of lib  SPECS/app/app.spec:7")
    #expect(reached[2].path.map(\.edge) == ["requires", "build_requires"])
    #expect(reached[3].path.map(\.to) == ["app", "last", "far"])
    #expect(self.reached(index, "lib", levels: 1).count == 3)
    #expect(self.reached(index, "other").isEmpty)
    #expect(index.packages(of: index.reach(from: ["lib"])) == ["lib", "lib-devel", "app", "wrapper"])
  }

  @Test func versionsAreComparedAsRPMDoes() {
    let index = madeIndex([
      spec("lib", ["lib": []]), spec("old", builds: ["lib < 1-1"], ["old": []]),
      spec("exact", builds: ["lib = 1"], ["exact": []]), spec("new", builds: ["lib >= 1.0"], ["new": []]),
      spec("epoch", builds: ["lib >= 1:0"], ["epoch": []]),
    ])
    #expect(reached(index, "lib").map(\.spec) == ["exact"])
  }

  @Test func richDependenciesAreReadExactly() {
    let both = ["both": ["one", "two"], "half": ["one"]]
    let index = madeIndex([
      spec("a", ["both": []], provides: both), spec("b", ["half": []], provides: both),
      spec("with", builds: ["(one with two)"], ["x": []]),
      spec("without", builds: ["(one without two)"], ["y": []]),
      spec("or", builds: ["(nothing or half)"], ["z": []]),
      spec("if", builds: ["(half if both else nothing)"], ["w": []]),
    ])
    #expect(reached(index, "a").map(\.spec) == ["with"])
    #expect(reached(index, "b").map(\.spec) == ["if", "or", "without"])
  }

  @Test func generatedOnesComeFromThePublishedPackages() {
    let evr = EVR(version: "0", release: "9")
    var facts = PublishedFacts()
    facts.packages["lib"] = .init(
      evr: evr, provides: [dependency("pkgconfig(lib) = 0"), dependency("libx.so.1()(64bit)")], requires: [])
    facts.packages["app"] = .init(evr: evr, provides: [], requires: [dependency("libx.so.1()(64bit)")])
    let index = madeIndex(
      [
        spec("lib", ["lib": []]), spec("app", ["app": []]),
        spec("x", builds: ["pkgconfig(lib) = 1"], ["x": []]), spec("y", builds: ["app"], ["y": []]),
      ], facts: facts)
    #expect(reached(index, "lib").map(\.spec) == ["x", "y"])
  }

  @Test(arguments: 0..<60)
  func editsLeadWhereACleanStartDoes(seed: Int) {
    var random = SeededGenerator(state: UInt64(seed))
    var tree: [String: SpecInfo] = [:]
    let edited = madeIndex([])
    for _ in 0..<40 {
      let id = "s\(Int.random(in: 0..<9, using: &random))"
      if Int.random(in: 0..<6, using: &random) == 0 {
        tree[id] = nil
        edited.remove(spec: id)
      } else {
        tree[id] = Self.random(id, using: &random)
        edited.update(tree[id]!)
      }
    }
    let clean = madeIndex(tree.values.sorted { $0.id < $1.id })
    for id in tree.keys {
      #expect(reached(edited, id) == reached(clean, id), "from \(id)")
    }
  }

  private static func random(_ id: String, using random: inout SeededGenerator) -> SpecInfo {
    func some(_ texts: [String]) -> [String] {
      texts.filter { _ in Int.random(in: 0..<4, using: &random) == 0 }
    }
    let others = (0..<9).map { "s\($0)" }
    let needs =
      others + others.map { "\($0)-devel >= 1" } + others.map { "(\($0) or cap)" }
      + ["cap", "cap < 2", "twice"]
    var packages = [id: some(needs), "\(id)-devel": some(["\(id) = 1-1", "cap"])]
    // a package that another spec makes too
    if Bool.random(using: &random) { packages["twice"] = some(needs) }
    return spec(
      id, builds: some(needs), packages, provides: [id: some(["cap", "cap = 3"])])
  }
}
