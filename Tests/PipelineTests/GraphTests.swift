import AzureLinux
import Pipeline
import TestSupport
import Testing

@Suite("graph")
struct GraphTests {
  // app builds with lib-devel; wrapper requires lib; tool builds with wrapper; last builds with tool-data
  private static let tree = [
    spec("lib", ["lib": [], "lib-devel": ["lib = 1-1"]], provides: ["lib-devel": ["pkgconfig(lib) = 1.4"]]),
    spec("app", builds: ["pkgconfig(lib)"], ["app": ["lib"]]),
    spec("wrapper", ["wrapper": ["lib", "nobody >= 2"]]), spec("other", ["other": []]),
    spec("tool", builds: ["wrapper"], ["tool-data": []]),
    spec("last", builds: ["tool-data"], ["last": []]),
  ]

  // MARK: names

  @Test func aNameIsASpecThenAPackageThenACapability() throws {
    let index = madeIndex(Self.tree)
    let whole = try index.subject("lib")
    #expect(whole.kind == .spec && whole.packages == ["lib", "lib-devel"] && whole.specs == ["lib"])
    let package = try index.subject("tool-data")
    #expect(package.kind == .package && package.specs == ["tool"])
    #expect(try index.subject("pkgconfig(lib)").packages == ["lib-devel"])
    #expect(try index.subject("pkgconfig(lib) >= 1.2").packages == ["lib-devel"])
    #expect(throws: PipelineError.self) { try index.subject("pkgconfig(lib) > 2") }
  }

  @Test func anUnknownNameIsAnsweredWithTheNearest() throws {
    let error = #expect(throws: PipelineError.self) { try madeIndex(Self.tree).subject("wraper") }
    guard case .unknownSpec("wraper", let nearest) = try #require(error) else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(nearest == ["wrapper"])
    #expect(error?.exitCode == .invalidInput)
  }

  @Test func whatWasRemovedIsUnknown() throws {
    let index = madeIndex(Self.tree)
    index.remove(spec: "tool")
    #expect(throws: PipelineError.self) { try index.subject("tool") }
    #expect(throws: PipelineError.self) { try index.subject("tool-data") }
    #expect(try !index.why("last", needs: "lib").isNeeded)
  }

  // MARK: steps

  @Test func aStepHoldsWhatTheStepsBeforeLeadTo() throws {
    let index = madeIndex(
      Self.tree + [
        spec("one", builds: ["two"], ["one": []]), spec("two", builds: ["one", "lib"], ["two": []]),
        spec("after", builds: ["one"], ["after": []]),
      ])
    #expect(
      index.steps(of: ["last", "tool", "app", "wrapper", "lib"]) == [
        ["lib", "wrapper"], ["app", "tool"], ["last"],
      ])
    // others between them do not count
    #expect(index.steps(of: ["last", "lib", "other"]) == [["lib", "other"], ["last"]])
    #expect(index.steps(of: ["after", "two", "one"]) == [["one", "two"], ["after"]])
    #expect(index.steps(of: ["app"]) == [["app"]] && index.steps(of: []).isEmpty)
  }

  // MARK: rdeps and deps

  @Test func dependentsComeNearestFirst() throws {
    let answer = try madeIndex(Self.tree).dependents(of: "lib", levels: 9)
    let found = answer.dependents.map { "\($0.level) \($0.kind) \($0.package ?? $0.spec) \($0.of)" }
    #expect(
      found == [
        "1 builds app lib-devel", "1 requires app lib", "1 requires wrapper lib", "2 builds tool wrapper",
        "3 builds last tool-data",
      ])
    #expect(answer.levels.map(\.builds) == [1, 1, 1])
    #expect(answer.levels.map(\.requires) == [2, 0, 0])
    #expect(answer.specs == 4)
    #expect(try madeIndex(Self.tree).dependents(of: "lib", levels: 1).levels.count == 1)
    #expect(try madeIndex(Self.tree).dependents(of: "last", levels: 9).dependents.isEmpty)
  }

  @Test func aCapabilityHasOnlyThoseWhoNameIt() throws {
    let index = madeIndex(Self.tree + [spec("direct", builds: ["lib-devel"])])
    #expect(try index.dependents(of: "pkgconfig(lib)", levels: 1).dependents.map(\.spec) == ["app"])
    #expect(
      try index.dependents(of: "lib-devel", levels: 1).dependents.map(\.spec) == ["app", "direct"])
  }

  @Test func needsNameWhoMeetsThem() throws {
    let index = madeIndex(Self.tree)
    let app = try index.needs(of: "app").needs
    #expect(app.map(\.text) == ["pkgconfig(lib)", "lib"])
    #expect(app[0].providers == [.init(package: "lib-devel", spec: "lib")])
    #expect(app[0].line == 7 && app[1].line == 9)
    let open = try index.needs(of: "wrapper").needs.filter { !$0.isMet }
    #expect(open.map(\.text) == ["nobody >= 2"])
    #expect(try index.needs(of: "tool-data").needs.isEmpty, "a package is not built")
  }

  // MARK: why

  private func ways(_ answer: WhyAnswer) -> [String] {
    answer.path.map { "\($0.package ?? $0.spec) \($0.kind) \($0.via) of \($0.providerSpec) :\($0.line ?? 0)" }
  }

  @Test func theShortestWayHasItsLines() throws {
    let index = madeIndex(Self.tree)
    let direct = try index.why("app", needs: "lib")
    #expect(ways(direct) == ["app builds pkgconfig(lib) of lib :7"])
    let through = try index.why("tool", needs: "lib")
    #expect(ways(through) == ["tool builds wrapper of wrapper :7", "wrapper requires lib of lib :9"])
    #expect(through.builds == 0)
    #expect(try index.why("wrapper", needs: "lib-devel").isNeeded == false)
    #expect(try index.why("lib", needs: "app").path.isEmpty)
    #expect(try index.why("lib", needs: "lib").isNeeded == false)
  }

  @Test func aWayThroughAnotherBuildSaysSo() throws {
    let answer = try madeIndex(Self.tree).why("last", needs: "lib")
    #expect(answer.builds == 1)
    #expect(
      ways(answer) == [
        "last builds tool-data of tool :7", "tool builds wrapper of wrapper :7",
        "wrapper requires lib of lib :9",
      ])
  }

  @Test func fewerBuildsGoBeforeFewerSteps() throws {
    // by building b only two steps; within the root of a three
    let index = madeIndex([
      spec("goal", ["goal": []]), spec("b", builds: ["goal"], ["b": ["c"]]), spec("c", ["c": ["goal"]]),
      spec("a", builds: ["b"], ["a": []]),
    ])
    let answer = try index.why("a", needs: "goal")
    #expect(answer.builds == 0 && answer.path.map(\.spec) == ["a", "b", "c"])
  }

  // MARK: cycles

  @Test func componentsHoldBuildsThatNeedEachOther() throws {
    let index = madeIndex([
      // a → p(b) → q(c) at run time; c builds with a; all three in one
      spec("a", builds: ["p"], ["a": []]), spec("b", ["p": ["q"]]), spec("c", builds: ["a"], ["q": []]),
      // requires in a circle, which no build closes
      spec("x", ["x": ["y"]]), spec("y", ["y": ["x"]]),
      // itself
      spec("own", builds: ["own-libs"], ["own-libs": []]), spec("free", builds: ["a"], ["free": []]),
    ])
    let answer = try index.cycles()
    #expect(answer.components.map(\.members) == [["a", "c"], ["own"]])
    #expect(answer.components.map(\.size) == [2, 1])
    let circle = answer.components[0].shortest
    #expect(circle.map { "\($0.package ?? $0.spec) \($0.via)" } == ["a p", "p q", "c a"])
    #expect(circle.last?.providerSpec == circle.first?.spec)
    #expect(answer.components[0].builds == 2)
    #expect(answer.components[1].selves == ["own"] && answer.components[1].shortest.map(\.line) == [7])
    #expect(try index.cycles(of: "c").components.map(\.shortest.first?.spec) == ["c"])
    #expect(try index.cycles(of: "free").components.isEmpty)
  }

  @Test func theShortestCircleIsFoundWhereSeveralCross() throws {
    // a ring of eight, and a chord that closes three of them
    let names = (0..<8).map { "r\($0)" }
    let index = madeIndex(
      names.indices.map { at in
        spec(names[at], builds: [names[(at + 1) % 8]] + (at == 4 ? ["r2"] : []), [names[at]: []])
      })
    let component = try #require(try index.cycles().components.first)
    #expect(component.size == 8 && component.builds == 3)
    #expect(component.shortest.map(\.spec) == ["r2", "r3", "r4"])
    #expect(
      try index.cycles(of: "r0").components.first?.builds == 8)
  }

  /// Components against reachability, which is their definition; and the order of edits does not matter.
  @Test(arguments: 0..<40)
  func componentsAreWhatReachesItself(seed: Int) throws {
    var random = SeededGenerator(state: UInt64(seed))
    let names = (0..<12).map { "s\($0)" }
    let tree = names.map { name in
      let needs = names.filter { _ in Int.random(in: 0..<9, using: &random) == 0 }
      let run = names.filter { _ in Int.random(in: 0..<9, using: &random) == 0 }
      return spec(name, builds: needs, [name: run])
    }
    let index = madeIndex(tree)
    var expected: Set<[String]> = []
    func isNeeded(_ a: String, _ b: String) -> Bool { a != b && needsToBuild(tree, a, b) }
    for a in names {
      let members = names.filter { b in b == a || (isNeeded(a, b) && isNeeded(b, a)) }
      if members.count > 1 { expected.insert(members.sorted()) }
    }
    let answer = try index.cycles()
    #expect(Set(answer.components.map(\.members).filter { $0.count > 1 }) == expected)
    for component in answer.components {
      let ends = component.shortest
      #expect(ends.first?.spec == ends.last?.providerSpec)
      for (step, next) in zip(ends, ends.dropFirst()) { #expect(step.providerSpec == next.spec) }
    }
    let shuffled = self.shuffled(tree, using: &random)
    #expect(try shuffled.cycles() == answer)
    for name in names {
      #expect(try shuffled.why("s0", needs: name) == index.why("s0", needs: name))
      #expect(
        try shuffled.dependents(of: name, levels: 9) == index.dependents(of: name, levels: 9))
    }
  }

  /// Whether the build of `a` needs a package of `b`, however far: what stands in a root brings what it requires,
  /// and has to be built.
  private func needsToBuild(_ tree: [SpecInfo], _ a: String, _ b: String) -> Bool {
    let specs = Dictionary(uniqueKeysWithValues: tree.map { ($0.id, $0) })
    func builds(_ id: String) -> [String] { specs[id]!.buildRequires.map(\.name) }
    func requires(_ id: String) -> [String] { specs[id]!.packages.flatMap(\.requires).map(\.name) }
    var known: Set<String> = []
    var frontier = builds(a)
    while let next = frontier.popLast() {
      guard known.insert(next).inserted else { continue }
      frontier += builds(next) + requires(next)
    }
    return known.contains(b)
  }

  private func shuffled(_ tree: [SpecInfo], using random: inout SeededGenerator) -> DependencyIndex {
    let edited = madeIndex([])
    for spec in tree.shuffled(using: &random) { edited.update(spec) }
    for spec in tree.shuffled(using: &random).prefix(6) {
      edited.remove(spec: spec.id)
      edited.update(spec)
    }
    return edited
  }

  // MARK: export

  @Test func aNeighbourhoodEndsAtItsRadius() throws {
    let index = madeIndex(Self.tree)
    let near = try index.neighbourhood(of: "lib", radius: 1)
    #expect(near.nodes.map { "\($0.distance) \($0.spec)" } == ["0 lib", "1 app", "1 wrapper"])
    #expect(
      near.edges.map { "\($0.from) \($0.kind) \($0.to)" } == [
        "app builds lib", "app requires lib", "wrapper requires lib",
      ])
    #expect(try index.neighbourhood(of: "lib", radius: 2).nodes.map(\.spec).contains("tool"))
    #expect(try index.neighbourhood(of: nil, radius: 0).nodes.count == Self.tree.count)
    #expect(
      near.dot.contains("\"app\" -> \"lib\" [label=\"pkgconfig(lib)\", tooltip=\"SPECS/app/app.spec:7\"];"))
    #expect(
      near.dot.contains(
        "\"wrapper\" -> \"lib\" [label=\"lib\", tooltip=\"SPECS/wrapper/wrapper.spec:9\", style=dashed];"))
  }

  @Test func dotQuotesWhatWouldEndAText() throws {
    let index = madeIndex([spec("a\"b\\", ["p": []]), spec("c", builds: ["p"], ["c": []])])
    #expect(try index.neighbourhood(of: "c", radius: 1).dot.contains(#""c" -> "a\"b\\" [label="p""#))
  }
}

@Suite("where a change stops")
struct StopsTests {
  private func edge(_ kind: String, _ from: String, _ to: String) -> AffectedReport.Edge {
    .init(from: from, to: to, edge: kind, via: from, file: nil, line: nil)
  }

  @Test func theSpecThatWouldBeBuiltBeforeItDecides() {
    let path = [
      edge("requires", "zlib", "gettext"), edge("build_requires", "gettext", "glibc"),
      edge("requires", "glibc", "ncurses"), edge("build_requires", "ncurses", "nano"),
    ]
    #expect(Stops.withoutLocal(path, base: ["zlib"]).hasPrefix("glibc is unchanged"))
  }

  @Test func theBaseKeepsWhatIsPublished() {
    let path = [edge("requires", "zlib", "gettext"), edge("build_requires", "gettext", "glibc")]
    #expect(Stops.withoutLocal(path, base: ["zlib"]).hasPrefix("zlib is in the base"))
    #expect(Stops.withoutLocal(path, base: ["bash"]).hasPrefix("its build root holds nothing"))
  }
}
