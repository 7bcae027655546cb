import CCairo
import Foundation
import Media

/// Draws a demo actor with cairo: background, hair, neck and shoulders, and a shaded face whose features follow action units.
///
/// Lengths are in halves of a face height: the face reaches from y = -1 (top of the forehead) to y = 1 (chin), x grows to the right.
/// Features are moved over an ellipsoid as the head turns. Brows to chin lie in the centred square of half the shorter side.
final class DemoFace {
    let actor: DemoActor
    let shift: DemoShift
    let canvas: DemoCanvas
    private let background: DemoCanvas
    private let lens: DemoLens
    /// Light falls from this side: -1 left, 1 right.
    let lightSide: Double

    var pose = DemoPerformance.Pose()
    var units = ActionUnits()

    init(actor: DemoActor, shift: DemoShift, seed: UInt64, name: String) throws(DemoError) {
        self.actor = actor
        self.shift = shift
        canvas = try DemoCanvas(width: shift.width, height: shift.height)
        background = try DemoCanvas(width: shift.width, height: shift.height)
        lens = DemoLens(shift, seed: seed, name: name)
        lightSide = shift.sideLight < 0 ? 1 : -1
        cairo_set_tolerance(canvas.cairo, 0.3)
        cairo_set_antialias(canvas.cairo, CAIRO_ANTIALIAS_FAST)
        cairo_set_line_cap(canvas.cairo, CAIRO_LINE_CAP_ROUND)
        drawBackground(seed: seed)
    }

    /// One picture `[height, width]` of the actor in `pose`, as the camera gives it; `frame` numbers the noise.
    func picture(_ pose: DemoPerformance.Pose, frame: Int) -> Picture {
        self.pose = pose
        units = pose.units
        let cairo = canvas.cairo
        canvas.paint(background)
        cairo_save(cairo)
        // Brows (-0.45) to chin (1.05) fill half the picture's height around its middle.
        let scale = 0.318 * Double(shift.height) * shift.closeness
        cairo_translate(
            cairo, Double(shift.width) * (0.5 + shift.offsetX) + pose.x * scale,
            Double(shift.height) * (0.5 + shift.offsetY) + (pose.y - 0.28) * scale)
        cairo_scale(cairo, scale, scale)
        drawShoulders()
        cairo_translate(cairo, 0, 0.9)
        cairo_rotate(cairo, pose.roll)
        cairo_translate(cairo, 0, -0.9)
        drawHairBehind()
        drawEars()
        drawHead()
        drawCheeksAndFolds()
        drawEye(-1)
        drawEye(1)
        drawBrow(-1)
        drawBrow(1)
        drawNose()
        drawMouth()
        if actor.beard { drawBeard() }
        drawHairFront()
        if actor.glasses { drawGlasses() }
        cairo_restore(cairo)
        return lens.picture(of: canvas, frame: frame)
    }

    // MARK: Geometry

    /// Where a point of the face lies after the head has turned; `depth` lifts it off the ellipsoid.
    func place(_ x: Double, _ y: Double, depth: Double = 0) -> (x: Double, y: Double) {
        let z = 0.8 * max(0, 1 - x * x / 0.95 - y * y / 1.7).squareRoot() + depth
        let turnedX = x * cos(pose.yaw) + z * sin(pose.yaw)
        let z2 = z * cos(pose.yaw) - x * sin(pose.yaw)
        return (turnedX, (y - 0.1) * cos(pose.pitch) + z2 * sin(pose.pitch) + 0.1)
    }

    func curve(_ points: [(Double, Double)], closed: Bool, depth: Double = 0) {
        canvas.curve(points.map { place($0.0, $0.1, depth: depth) }, closed: closed)
    }

    func spot(_ x: Double, _ y: Double, _ radiusX: Double, _ radiusY: Double, _ colour: DemoColour, _ alpha: Double) {
        let at = place(x, y)
        canvas.spot(at.x, at.y, radiusX, radiusY, colour, alpha)
    }

    var shadow: DemoColour { actor.skin.mixed(with: DemoColour(0.20, 0.08, 0.05), 0.62) }
    var highlight: DemoColour { actor.skin.mixed(with: DemoColour(1, 0.97, 0.92), 0.5) }
    private var ageing: Double { max(0, min(1, Double(actor.age - 32) / 35)) }

    // MARK: Behind the face

    private func drawBackground(seed: UInt64) {
        let cairo = background.cairo
        let width = Double(shift.width)
        let height = Double(shift.height)
        cairo_rectangle(cairo, 0, 0, width, height)
        let wall = actor.backgroundColour
        background.fillRadial(
            (width * 0.5, height * 0.4), radius: width * 0.75,
            [(0, wall.scaled(1.06), 1), (1, wall.scaled(shift.isCluttered ? 0.75 : 0.88), 1)])
        guard shift.isCluttered else { return }
        // Things of a room: frames, shelves, a door, never in the middle.
        var random = DemoRandom(seed, "room of \(actor.number)")
        for _ in 0..<(3 + random.below(4)) {
            let side = random.chance(0.5) ? random.uniform(-0.05, 0.2) : random.uniform(0.78, 0.98)
            let thing = DemoColour(random.uniform(0.1, 0.8), random.uniform(0.1, 0.75), random.uniform(0.1, 0.7))
            cairo_rectangle(
                cairo, width * side, height * random.uniform(-0.1, 0.7), width * random.uniform(0.06, 0.22),
                height * random.uniform(0.1, 0.6))
            background.colour(thing, 0.75)
            cairo_fill_preserve(cairo)
            background.colour(DemoColour(0.1, 0.1, 0.1), 0.35)
            background.stroke(height * 0.008)
        }
    }

    private func drawShoulders() {
        let cairo = canvas.cairo
        let sway = 0.25 * (pose.yaw + pose.roll)
        // Neck.
        let neck = actor.isFemale ? 0.34 : 0.42
        canvas.curve(
            [(-neck, 0.5), (-neck, 1.1), (-neck - 0.12, 1.42), (neck + 0.12, 1.42), (neck, 1.1), (neck, 0.5)], closed: true)
        canvas.colour(actor.skin.scaled(0.82))
        cairo_fill(cairo)
        canvas.spot(sway * 0.3, 1.08, neck * 1.25, 0.26, shadow, 0.75)
        // Clothes.
        let wide = actor.isFemale ? 1.15 : 1.35
        canvas.curve(
            [
                (-wide - 0.3, 2.4), (-wide, 1.66), (-0.62, 1.40), (-0.30, 1.36), (0, 1.56), (0.30, 1.36), (0.62, 1.40), (wide, 1.66),
                (wide + 0.3, 2.4),
            ],
            closed: true)
        canvas.fillRadial(
            (-0.4 * lightSide, 1.5), radius: 1.9,
            [(0, actor.clothColour.scaled(1.2).shifted(0.03), 1), (1, actor.clothColour.scaled(0.7), 1)])
    }

    private func drawHairBehind() {
        let cairo = canvas.cairo
        let w = actor.faceWidth
        canvas.colour(actor.hairColour.scaled(0.8))
        switch actor.hair {
        case .long, .parted:
            let low = actor.hair == .long ? 1.35 : 0.75
            canvas.curve(
                [
                    (0, -1.18), (-w * 0.8, -1.0), (-w * 1.22, -0.45), (-w * 1.28, 0.3), (-w * 1.18, low), (-w * 0.6, low + 0.05),
                    (0, low - 0.2), (w * 0.6, low + 0.05), (w * 1.18, low), (w * 1.28, 0.3), (w * 1.22, -0.45), (w * 0.8, -1.0),
                ],
                closed: true)
            cairo_fill(cairo)
        case .curly:
            for i in 0..<14 {
                let angle = Double.pi * (0.93 + 1.14 * Double(i) / 13)
                canvas.ellipse(cos(angle) * w * 1.12, -0.35 + sin(angle) * 0.80, 0.24, 0.24)
                cairo_fill(cairo)
            }
        case .bun:
            canvas.ellipse(0, -1.22, 0.3, 0.22)
            cairo_fill(cairo)
            canvas.ellipse(0, -0.42, w * 1.08, 0.74)
            cairo_fill(cairo)
        case .short, .fringe:
            canvas.ellipse(0, -0.42, w * 1.08, 0.74)
            cairo_fill(cairo)
        case .bald:
            break
        }
    }

    private func drawEars() {
        guard actor.hair != .long && actor.hair != .parted else { return }
        for side in [-1.0, 1.0] {
            // The ear turned away hides behind the cheek.
            let x = side * (actor.faceWidth + 0.045) - pose.yaw * 0.28
            canvas.ellipse(x, 0.06 + pose.pitch * 0.3, 0.085, 0.17)
            canvas.colour(actor.skin.scaled(0.86))
            cairo_fill(canvas.cairo)
            canvas.spot(x + side * 0.01, 0.07 + pose.pitch * 0.3, 0.05, 0.11, shadow, 0.6)
        }
    }

    // MARK: Head

    private func drawHead() {
        let w = actor.faceWidth
        let jaw = actor.jawWidth * w
        let chin = actor.chinWidth * w * 1.3
        let drop = 0.17 * units.jawDrop - 0.02 * max(0, units.chinRaise)
        let turn = pose.yaw * 0.22
        let nod = pose.pitch * 0.25
        let half: [(Double, Double)] = [
            (0.52 * w, -0.95), (0.88 * w, -0.62), (1.0 * w, -0.15), (0.98 * w, 0.2), (jaw, 0.56 + drop * 0.4), (chin, 0.88 + drop * 0.9),
        ]
        var outline: [(Double, Double)] = [(turn * 0.5, -1.02 + nod * 0.5)]
        outline += half.map { ($0.0 + turn * max(0, $0.1 + 0.3), $0.1 + nod * max(0, $0.1)) }
        outline.append((turn * 1.2, 1.0 + drop + nod))
        outline += half.reversed().map { (-$0.0 + turn * max(0, $0.1 + 0.3), $0.1 + nod * max(0, $0.1)) }
        canvas.curve(outline.map { (x: $0.0, y: $0.1) }, closed: true)
        let light = (lightSide * 0.22 + turn, -0.28)
        canvas.fillRadial(
            light, radius: 1.5,
            [
                (0, highlight.mixed(with: actor.skin, 0.6), 1), (0.45, actor.skin, 1), (0.78, actor.skin.scaled(0.82), 1),
                (1, shadow.mixed(with: actor.skin, 0.4), 1),
            ],
            keepPath: true)
        canvas.colour(shadow, 0.45)
        canvas.stroke(0.022)
        // Forehead light, eye sockets, temples, chin.
        spot(lightSide * 0.15, -0.62, 0.42, 0.22, highlight, 0.45)
        for side in [-1.0, 1.0] {
            spot(side * actor.eyeDistance, -0.12, 0.27, 0.2, shadow, 0.30)
            spot(side * (w - 0.12), 0.25, 0.13, 0.5, shadow, side == lightSide ? 0.15 : 0.38)
        }
        spot(0, 0.92 + drop, 0.2, 0.1, highlight, 0.28)
        spot(0, 0.80 + drop * 0.9 - 0.03 * max(0, units.chinRaise), 0.2, 0.05, shadow, 0.22 + 0.35 * max(0, units.chinRaise))
    }

    private func drawCheeksAndFolds() {
        let raise = max(0, units.cheekRaise)
        let pull = max(0, units.lipCornerPull)
        let sneer = max(0, units.upperLipRaise)
        let wrinkle = max(0, units.noseWrinkle)
        let blush = actor.skin.mixed(with: DemoColour(0.85, 0.30, 0.28), 0.4)
        for side in [-1.0, 1.0] {
            let cheekY = 0.24 - 0.08 * raise
            spot(side * 0.43, cheekY, 0.23, 0.19, blush, (actor.isFemale ? 0.30 : 0.2) + 0.15 * raise)
            spot(side * 0.40, cheekY - 0.05, 0.16, 0.10, highlight, 0.22 + 0.4 * max(raise, pull * 0.5))
            // Nasolabial folds deepen with smile, sneer and years.
            let fold = 0.10 + 0.22 * ageing + 0.5 * pull + 0.55 * sneer + 0.3 * wrinkle
            curve(
                [
                    (side * 0.17, 0.26 - 0.05 * wrinkle), (side * (0.27 + 0.05 * pull), 0.38),
                    (side * (0.34 + 0.08 * pull), 0.54 - 0.03 * pull),
                ],
                closed: false)
            canvas.colour(shadow, min(0.75, fold))
            canvas.stroke(0.028)
            // Pouches under the eyes, crow's feet.
            let pouch = 0.12 + 0.3 * ageing + 0.45 * raise + 0.2 * max(0, units.lidTighten)
            curve(
                [(side * 0.19, 0.02), (side * actor.eyeDistance, 0.065 - 0.02 * raise), (side * 0.44, 0.02)], closed: false)
            canvas.colour(shadow, min(0.6, pouch))
            canvas.stroke(0.02)
            if raise + ageing > 0.4 {
                for line in [-1.0, 0, 1] {
                    curve([(side * 0.50, -0.09 + line * 0.02), (side * 0.585, -0.10 + line * 0.055)], closed: false)
                    canvas.colour(shadow, min(0.5, 0.4 * (raise + ageing)))
                    canvas.stroke(0.012)
                }
            }
        }
        // Forehead: level lines when the brows go up, upright ones between lowered brows.
        let lift = max(units.innerBrowRaise, units.outerBrowRaise)
        let lines = 0.18 * ageing + 0.45 * max(0, lift - 0.15)
        if lines > 0.05 {
            for line in 0..<3 {
                let y = -0.56 - 0.085 * Double(line)
                let reach = units.outerBrowRaise > 0.4 ? 0.38 : 0.22
                curve([(-reach, y + 0.02), (0, y - 0.012), (reach, y + 0.02)], closed: false)
                canvas.colour(shadow, min(0.55, lines))
                canvas.stroke(0.018)
            }
        }
        let frown = max(0, units.browLower)
        if frown > 0.1 {
            for side in [-1.0, 1.0] {
                curve([(side * 0.055, -0.20), (side * 0.05, -0.40)], closed: false)
                canvas.colour(shadow, min(0.85, frown * 0.8))
                canvas.stroke(0.026)
            }
            spot(0, -0.30, 0.12, 0.12, shadow, 0.35 * frown)
        }
        if wrinkle > 0.1 {
            for line in 0..<3 {
                let y = -0.10 + 0.075 * Double(line)
                curve([(-0.10, y + 0.04), (0, y - 0.01), (0.10, y + 0.04)], closed: false)
                canvas.colour(shadow, min(0.8, wrinkle * 0.7))
                canvas.stroke(0.022)
            }
        }
    }

    // MARK: In front

    private func drawHairFront() {
        let w = actor.faceWidth
        let x = pose.yaw * 0.3
        let y = pose.pitch * 0.2
        func path(_ points: [(Double, Double)]) { canvas.curve(points.map { (x: $0.0 + x, y: $0.1 + y) }, closed: true) }
        switch actor.hair {
        case .bald:
            canvas.spot(lightSide * 0.2 + x, -0.8, 0.35, 0.18, highlight, 0.5)
            return
        case .short, .curly:
            path([
                (-w * 1.06, -0.30), (-w * 1.05, -0.75), (-w * 0.6, -1.12), (0, -1.2), (w * 0.6, -1.12), (w * 1.05, -0.75),
                (w * 1.06, -0.30), (w * 0.92, -0.52), (w * 0.6, -0.76), (0, -0.82), (-w * 0.6, -0.76), (-w * 0.92, -0.52),
            ])
        case .fringe:
            path([
                (-w * 1.07, -0.2), (-w * 1.06, -0.75), (-w * 0.6, -1.14), (0, -1.2), (w * 0.6, -1.14), (w * 1.06, -0.75), (w * 1.07, -0.2),
                (w * 0.9, -0.5), (w * 0.5, -0.60), (w * 0.1, -0.58), (-w * 0.4, -0.66), (-w * 0.9, -0.5),
            ])
        case .long, .parted:
            path([
                (-w * 1.18, 0.35), (-w * 1.16, -0.6), (-w * 0.65, -1.12), (0, -1.2), (w * 0.65, -1.12), (w * 1.16, -0.6), (w * 1.18, 0.35),
                (w * 0.98, -0.2), (w * 0.75, -0.62), (w * 0.15, -0.93), (-w * 0.45, -0.72), (-w * 0.9, -0.4), (-w * 1.0, 0.0),
            ])
        case .bun:
            path([
                (-w * 1.04, -0.25), (-w * 1.04, -0.75), (-w * 0.6, -1.13), (0, -1.2), (w * 0.6, -1.13), (w * 1.04, -0.75),
                (w * 1.04, -0.25), (w * 0.95, -0.5), (w * 0.55, -0.80), (0, -0.88), (-w * 0.55, -0.80), (-w * 0.95, -0.5),
            ])
        }
        canvas.fillRadial(
            (lightSide * 0.3 + x, -1.0), radius: 1.2,
            [(0, actor.hairColour.scaled(1.35).shifted(0.05), 1), (0.5, actor.hairColour, 1), (1, actor.hairColour.scaled(0.75), 1)])
    }

    private func drawGlasses() {
        for side in [-1.0, 1.0] {
            let at = place(side * actor.eyeDistance, -0.11, depth: 0.05)
            canvas.ellipse(at.x, at.y, 0.225, 0.165)
            canvas.colour(DemoColour(0.12, 0.11, 0.12), 0.85)
            canvas.stroke(0.026)
        }
        curve([(-0.1, -0.13), (0, -0.15), (0.1, -0.13)], closed: false, depth: 0.1)
        canvas.stroke(0.026)
    }
}
