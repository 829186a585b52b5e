package statistics

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// ErrCollinear: a regression's columns say the same thing twice, so that their coefficients cannot be told apart.
var ErrCollinear = errors.New("the columns depend on each other linearly")

// collinear is the part of a column that the others must leave unexplained.
const collinear = 1e-9

// Linear is a least-squares fit of n observations by k columns.
type Linear struct {
	Names     []string      // of the columns
	X         *mat.Dense    // n × k
	Y         []float64     // n
	Coef      []float64     // k
	Residuals []float64     // n
	Bread     *mat.SymDense // (X'X)⁻¹, k × k
}

// LeastSquares fits y by the columns of x, by QR. The intercept is a column like any other. It needs more observations than
// columns, finite values, and columns that can be told apart ([ErrCollinear]), whatever their scale.
func LeastSquares(names []string, x *mat.Dense, y []float64) (*Linear, error) {
	n, k := x.Dims()
	if len(y) != n || len(names) != k {
		return nil, fmt.Errorf("%d values and %d names for a matrix of %d by %d", len(y), len(names), n, k)
	}
	if n <= k {
		return nil, fmt.Errorf("%d observations are too few for %d coefficients", n, k)
	}
	if err := finite(y); err != nil {
		return nil, err
	}
	for i := range n {
		for j, v := range x.RawRowView(i) {
			if !(math.Abs(v) <= largest) { // nor NaN
				return nil, fmt.Errorf("column %s is %g in observation %d: unknown values must be left out", names[j], v, i+1)
			}
		}
	}
	var qr mat.QR
	qr.Factorize(x)
	var r mat.Dense
	qr.RTo(&r)
	for j := range k { // a column's norm is that of its part of R; what the columns before leave of it stands on the diagonal
		norm := 0.0
		for i := range j + 1 {
			norm = math.Hypot(norm, r.At(i, j))
		}
		if !(math.Abs(r.At(j, j)) > collinear*norm) {
			return nil, fmt.Errorf("column %s: %w", names[j], ErrCollinear)
		}
	}
	var b mat.VecDense
	if err := qr.SolveVecTo(&b, false, mat.NewVecDense(n, y)); err != nil {
		var c mat.Condition
		if !errors.As(err, &c) {
			return nil, fmt.Errorf("least squares: %w", err)
		}
	}
	l := &Linear{Names: names, X: x, Y: y, Coef: make([]float64, k), Residuals: make([]float64, n)}
	copy(l.Coef, b.RawVector().Data)
	var fitted mat.VecDense
	fitted.MulVec(x, &b)
	for i := range n {
		l.Residuals[i] = y[i] - fitted.AtVec(i)
	}
	upper := mat.NewTriDense(k, mat.Upper, nil)
	for i := range k {
		for j := i; j < k; j++ {
			upper.SetTri(i, j, r.At(i, j))
		}
	}
	var inverse mat.TriDense
	if err := inverse.InverseTri(upper); err != nil {
		var c mat.Condition
		if !errors.As(err, &c) {
			return nil, fmt.Errorf("least squares: %w", err)
		}
	}
	l.Bread = mat.NewSymDense(k, nil)
	l.Bread.SymOuterK(1, &inverse)
	return l, nil
}

// N and K are the numbers of observations and of coefficients.
func (l *Linear) N() int { return len(l.Y) }

// K is the number of coefficients.
func (l *Linear) K() int { return len(l.Coef) }

// Column finds a column by name; -1: there is none.
func (l *Linear) Column(name string) int {
	for j, n := range l.Names {
		if n == name {
			return j
		}
	}
	return -1
}

// Variance is the residual variance, with n − k in the divisor.
func (l *Linear) Variance() float64 {
	return l.RSS() / float64(l.N()-l.K())
}

// Covariance is that of the coefficients if errors are independent and alike.
func (l *Linear) Covariance() *mat.SymDense {
	c := mat.NewSymDense(l.K(), nil)
	c.ScaleSym(l.Variance(), l.Bread)
	return c
}

// Sandwich is bread × meat × bread, times a factor.
func (l *Linear) Sandwich(meat mat.Symmetric, factor float64) *mat.SymDense {
	return sandwich(l.Bread, meat, factor)
}

func sandwich(bread, meat mat.Symmetric, factor float64) *mat.SymDense {
	k := bread.SymmetricDim()
	var half, whole mat.Dense
	half.Mul(bread, meat)
	whole.Mul(&half, bread)
	c := mat.NewSymDense(k, nil)
	for i := range k {
		for j := i; j < k; j++ {
			c.SetSym(i, j, factor*(whole.At(i, j)+whole.At(j, i))/2)
		}
	}
	return c
}

// RSS is the sum of the squared residuals.
func (l *Linear) RSS() float64 {
	s := 0.0
	for _, e := range l.Residuals {
		s += e * e
	}
	return s
}

// Errors are the standard errors of a covariance.
func Errors(covariance mat.Symmetric) []float64 {
	e := make([]float64, covariance.SymmetricDim())
	for i := range e {
		e[i] = math.Sqrt(covariance.At(i, i))
	}
	return e
}

// Estimates are coefficients with their errors by a covariance; infinite degrees of freedom are the normal distribution.
func Estimates(coef []float64, covariance mat.Symmetric, df float64) []Estimate {
	all := make([]Estimate, len(coef))
	for i, se := range Errors(covariance) {
		all[i] = estimated(coef[i], se, df)
	}
	return all
}
